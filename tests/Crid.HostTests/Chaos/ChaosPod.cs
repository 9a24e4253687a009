using System.Diagnostics;
using Crid.Api;
using Grpc.Core;

namespace Crid.HostTests;

/// <summary>
/// One pod, driven as kubelet does it: look at what is there, take the next step towards what is wanted, and begin again when a call fails.
/// </summary>
internal sealed class ChaosPod
{
    private const int MaxLines = 60;
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan StepTimeout = TimeSpan.FromMinutes(15);

    private readonly CridDaemon _daemon;
    private readonly ChaosMonkey _monkey;
    private readonly Random _random;
    private readonly string _image;
    private readonly string _handler;
    private readonly PodSandboxConfig _sandbox;
    private readonly Dictionary<uint, ChaosContainer> _containers = [];
    private readonly int _lines;
    private readonly int _exitCode;
    private readonly bool _isStopped;
    private readonly bool _isKilled;
    private readonly bool _removesContainer;
    private readonly int _stopAfter;
    private bool _hasExecuted;
    private string _lastFailure = "none";
    private Phase _phase;

    public ChaosPod(CridDaemon daemon, ChaosMonkey monkey, string image, string name, int seed)
    {
        _daemon = daemon;
        _monkey = monkey;
        _image = image;
        _random = new Random(seed);
        NamespaceMode pid = _random.Next(10) switch { < 6 => NamespaceMode.Container, < 9 => NamespaceMode.Pod, _ => NamespaceMode.Node };
        NamespaceMode network = _random.Next(10) == 0 ? NamespaceMode.Node : NamespaceMode.Pod;
        _handler = _random.Next(3) == 0 ? "crun" : "";
        _sandbox = Requests.Sandbox(daemon, name, pid, network);
        int end = _random.Next(10);
        _isStopped = end >= 4;
        _isKilled = end >= 8;
        _lines = _isStopped ? int.MaxValue : _random.Next(1, MaxLines);
        _exitCode = _random.Next(0, 200);
        _stopAfter = _random.Next(1, MaxLines);
        _removesContainer = _random.Next(2) == 0;
    }

    private enum Phase
    {
        Running,
        Stopping,
        Removing,
        Done,
    }

    public bool IsDone => _phase == Phase.Done;

    /// <summary>What it is about, for somebody who looks for what holds it up.</summary>
    public string Describe() => $"pod {_sandbox.Metadata.Name} is {_phase}; the last failure was {_lastFailure}";

    public List<string> Problems { get; } = [];

    public int Exits { get; private set; }

    /// <summary>How many of them have a code that nobody knows.</summary>
    public int UnknownExits { get; private set; }

    /// <summary>How many lines were lost with both programs.</summary>
    public int LostLines { get; private set; }

    public int FailedCalls { get; private set; }

    /// <summary>Lives its life to the end; fails where a step does not succeed for minutes.</summary>
    public async Task RunAsync()
    {
        Stopwatch sinceProgress = Stopwatch.StartNew();
        while (_phase != Phase.Done)
        {
            Phase before = _phase;
            try
            {
                await SyncAsync();
            }
            catch (RpcException exception)
            {
                FailedCalls++;
                _lastFailure = $"{exception.StatusCode}: {exception.Status.Detail}";
            }

            if (_phase != before)
            {
                sinceProgress.Restart();
            }

            if (sinceProgress.Elapsed > StepTimeout)
            {
                Problems.Add($"no step for {StepTimeout.TotalMinutes} minutes: {Describe()}");
                return;
            }

            await Task.Delay(_random.Next(50, 250));
        }
    }

    private CallOptions Deadline => new(deadline: TimeProvider.System.GetUtcNow().UtcDateTime + CallTimeout);

    private Task SyncAsync() => _phase switch
    {
        Phase.Running => KeepRunningAsync(),
        Phase.Stopping => StopAsync(),
        _ => RemoveAsync(),
    };

    private async Task KeepRunningAsync()
    {
        PodSandbox? newest = (await ListSandboxesAsync()).MaxBy(sandbox => sandbox.Metadata.Attempt);
        if (newest is not { State: PodSandboxState.SandboxReady })
        {
            await RunSandboxAsync(newest);
            return;
        }

        Container? container = (await ListContainersAsync()).Where(one => one.PodSandboxId == newest.Id).MaxBy(one => one.Metadata.Attempt);
        if (container is null or { State: ContainerState.ContainerCreated } || await NeverRanAsync(container))
        {
            await StartContainerAsync(newest.Id);
        }
        else if (container.State == ContainerState.ContainerExited)
        {
            _phase = Phase.Removing;
        }
        else
        {
            await AttendAsync(container);
        }
    }

    private async Task RunSandboxAsync(PodSandbox? former)
    {
        if (former is not null)
        {
            ExpectKills();
            await _daemon.Runtime.StopPodSandboxAsync(new StopPodSandboxRequest { PodSandboxId = former.Id }, Deadline);
        }

        _sandbox.Metadata.Attempt = former is null ? 0 : former.Metadata.Attempt + 1;
        await _daemon.Runtime.RunPodSandboxAsync(new RunPodSandboxRequest { Config = _sandbox, RuntimeHandler = _handler }, Deadline);
    }

    /// <summary>Attempts are counted over what is listed, so an attempt that failed is repeated under its name.</summary>
    private async Task StartContainerAsync(string sandboxId)
    {
        uint attempt = (await ListContainersAsync()).Select(one => one.Metadata.Attempt + 1).DefaultIfEmpty(0u).Max();
        if (!_containers.TryGetValue(attempt, out ChaosContainer? container))
        {
            container = new ChaosContainer(_daemon, _sandbox, _image, attempt, _lines, _exitCode);
            _containers.Add(attempt, container);
        }

        CreateContainerRequest request = new() { PodSandboxId = sandboxId, SandboxConfig = _sandbox, Config = container.Config };
        string id = (await _daemon.Runtime.CreateContainerAsync(request, Deadline)).ContainerId;
        await _daemon.Runtime.StartContainerAsync(new StartContainerRequest { ContainerId = id }, Deadline);
    }

    private async Task<bool> NeverRanAsync(Container container) =>
        container.State == ContainerState.ContainerExited && (await StatusAsync(container.Id)).Reason == "StartError";

    /// <summary>Executes something in the running container once, and notices when its time has come.</summary>
    private async Task AttendAsync(Container container)
    {
        if (!_hasExecuted && (_isStopped || _lines > MaxLines / 2))
        {
            ExecSyncRequest request = new() { ContainerId = container.Id, Cmd = { "/bin/sh", "-c", "echo out; echo err >&2; exit 3" }, Timeout = 30 };
            ExecSyncResponse response = await _daemon.Runtime.ExecSyncAsync(request, Deadline);
            _hasExecuted = true;

            // crun becomes the command: who kills the one kills the other. A container that ends takes its commands along.
            bool wasKilled = response.ExitCode == ChaosContainer.KillCode && (_monkey.HasKilled("exec", container.Id) || await EndsAsync(container));
            if (!wasKilled && (response.ExitCode, response.Stdout.ToStringUtf8(), response.Stderr.ToStringUtf8()) != (3, "out\n", "err\n"))
            {
                Problems.Add($"container {container.Id}: exec gave {response}");
            }
        }

        if (_isStopped && _containers[container.Metadata.Attempt].LinesWritten >= _stopAfter)
        {
            _phase = _isKilled ? Phase.Removing : Phase.Stopping;
        }
    }

    /// <summary>Whether a container is ending, which is shown once a keeper has told it.</summary>
    private async Task<bool> EndsAsync(Container container)
    {
        for (int i = 0; i < 100; i++)
        {
            try
            {
                if ((await StatusAsync(container.Id)).State == ContainerState.ContainerExited)
                {
                    return true;
                }
            }
            catch (RpcException)
            {
                FailedCalls++;
            }

            await Task.Delay(100);
        }

        return false;
    }

    private async Task StopAsync()
    {
        foreach (Container container in await ListContainersAsync())
        {
            await _daemon.Runtime.StopContainerAsync(new StopContainerRequest { ContainerId = container.Id, Timeout = 60 }, Deadline);
        }

        _phase = Phase.Removing;
    }

    private async Task RemoveAsync()
    {
        ExpectKills();
        IReadOnlyList<PodSandbox> sandboxes = await ListSandboxesAsync();
        foreach (PodSandbox sandbox in sandboxes)
        {
            await _daemon.Runtime.StopPodSandboxAsync(new StopPodSandboxRequest { PodSandboxId = sandbox.Id }, Deadline);
        }

        foreach (Container container in await ListContainersAsync())
        {
            if (_containers.ContainsKey(container.Metadata.Attempt))
            {
                Check(await StatusAsync(container.Id));
                _containers.Remove(container.Metadata.Attempt);
            }

            if (_removesContainer)
            {
                await _daemon.Runtime.RemoveContainerAsync(new RemoveContainerRequest { ContainerId = container.Id }, Deadline);
            }
        }

        foreach (PodSandbox sandbox in sandboxes)
        {
            await _daemon.Runtime.RemovePodSandboxAsync(new RemovePodSandboxRequest { PodSandboxId = sandbox.Id }, Deadline);
        }

        _phase = Phase.Done;
    }

    private void Check(ContainerStatus status)
    {
        Problems.AddRange(_containers[status.Metadata.Attempt].FindProblems(status, _monkey));
        LostLines += _containers[status.Metadata.Attempt].LostLines;
        Exits += status.State == ContainerState.ContainerExited ? 1 : 0;
        UnknownExits += status.Reason == "Unknown" ? 1 : 0;
    }

    private void ExpectKills()
    {
        foreach (ChaosContainer container in _containers.Values)
        {
            container.ExpectKill();
        }
    }

    private async Task<ContainerStatus> StatusAsync(string id) =>
        (await _daemon.Runtime.ContainerStatusAsync(new ContainerStatusRequest { ContainerId = id }, Deadline)).Status;

    private async Task<IReadOnlyList<PodSandbox>> ListSandboxesAsync() =>
        (await _daemon.Runtime.ListPodSandboxAsync(
            new ListPodSandboxRequest { Filter = new PodSandboxFilter { LabelSelector = { ["io.kubernetes.pod.uid"] = _sandbox.Metadata.Uid } } }, Deadline)).Items;

    private async Task<IReadOnlyList<Container>> ListContainersAsync() =>
        (await _daemon.Runtime.ListContainersAsync(
            new ListContainersRequest { Filter = new ContainerFilter { LabelSelector = { ["io.kubernetes.pod.uid"] = _sandbox.Metadata.Uid } } }, Deadline)).Containers;
}
