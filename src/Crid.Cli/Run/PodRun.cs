using System.Text;
using Crid.Api;
using Grpc.Core;

namespace Crid.Cli;

/// <summary>Runs a pod: images, sandbox, init containers, containers; in the foreground also their output, their end and the removal.</summary>
internal sealed class PodRun(VerbContext context, PodManifest pod, RunMode mode)
{
    private readonly PodFiles _files = PodFiles.Of(pod, context.PodFiles);
    private readonly Dictionary<string, Image> _images = new(StringComparer.Ordinal);
    private string? _sandboxId;

    /// <returns>The exit code of the first container that failed, 0 when all succeeded or run on in the background.</returns>
    public async Task<int> ExecuteAsync(CancellationToken cancellation)
    {
        bool keep = false;
        try
        {
            await EnsureImagesAsync(cancellation);
            _files.Create(pod);
            ContainerRequests requests = await StartSandboxAsync(cancellation);
            int initResult = await RunInitContainersAsync(requests, cancellation);
            if (initResult != 0)
            {
                keep = !mode.Remove;
                return initResult;
            }

            List<StartedContainer> containers = await StartContainersAsync(requests, cancellation);
            if (mode.Detach)
            {
                keep = true;
                await context.Output.WriteLineAsync(_sandboxId);
                return ExitCodes.Success;
            }

            int result = await FollowAsync(containers);
            keep = !mode.Remove;
            return result;
        }
        finally
        {
            if (!keep)
            {
                await RemoveAsync();
            }
        }
    }

    private async Task EnsureImagesAsync(CancellationToken cancellation)
    {
        ImagePull pull = new(context, mode.Quiet ? PullDisplay.None : PullDisplay.Progress);
        IEnumerable<(string Name, PullPolicy Policy)> ofContainers =
            pod.InitContainers.Concat(pod.Containers).Select(static container => (container.Image, container.PullPolicy));
        IEnumerable<(string Name, PullPolicy Policy)> ofVolumes =
            pod.Volumes.Where(static volume => volume.Image is not null).Select(static volume => (volume.Image!, volume.PullPolicy));
        foreach ((string image, PullPolicy policy) in ofContainers.Concat(ofVolumes))
        {
            string name = ImageNames.Normalise(image);
            if (!_images.ContainsKey(name))
            {
                _images[name] = await EnsureImageAsync(image, policy, pull, cancellation);
            }
        }
    }

    private async Task<Image> EnsureImageAsync(string name, PullPolicy policy, ImagePull pull, CancellationToken cancellation)
    {
        Image? image = policy == PullPolicy.Always ? null : await FindImageAsync(name, cancellation);
        if (image is null && policy == PullPolicy.Never)
        {
            throw new CliException($"image '{name}' is not here, and it must not be pulled");
        }

        image ??= await FindImageAsync(await PullAsync(name, policy, pull, cancellation), cancellation);
        return image ?? throw new CliException($"image '{name}' was removed while it was pulled");
    }

    private async Task<string> PullAsync(string name, PullPolicy policy, ImagePull pull, CancellationToken cancellation)
    {
        try
        {
            return await pull.PullAsync(name, cancellation);
        }
        catch (RpcException error) when (policy == PullPolicy.Always && error.StatusCode != StatusCode.Cancelled)
        {
            if (await FindImageAsync(name, cancellation) is null)
            {
                throw;
            }

            throw new CliException($"{error.Status.Detail}; an image of this name is here, which the pull policy IfNotPresent would use");
        }
    }

    private Image ImageOf(string name) => _images[ImageNames.Normalise(name)];

    private async Task<Image?> FindImageAsync(string name, CancellationToken cancellation) =>
        (await ImageFinder.FindAsync(context.Daemon, name, cancellation))?.Image;

    private async Task<ContainerRequests> StartSandboxAsync(CancellationToken cancellation)
    {
        RunPodSandboxRequest request = new() { Config = SandboxRequests.Of(pod, _files), RuntimeHandler = pod.RuntimeClass };

        // The server finishes a sandbox whose caller has left: without waiting for its id nobody could remove it.
        RunPodSandboxResponse response = await context.Daemon.Runtime.RunPodSandboxAsync(request, context.Daemon.Within(context.Interrupts.Second));
        _sandboxId = response.PodSandboxId;
        cancellation.ThrowIfCancellationRequested();
        PodSandboxStatusResponse status = await context.Daemon.Runtime.PodSandboxStatusAsync(
            new PodSandboxStatusRequest { PodSandboxId = _sandboxId }, context.Daemon.Within(cancellation));
        string ip = status.Status.Network?.Ip ?? "";
        if (pod.HostAliases.Count > 0)
        {
            _files.WriteHosts(HostsFile.Lines(pod, ip));
        }

        return new ContainerRequests(pod, _files, ImageOf, ip);
    }

    private async Task<int> RunInitContainersAsync(ContainerRequests requests, CancellationToken cancellation)
    {
        foreach (ContainerManifest container in pod.InitContainers)
        {
            StartedContainer started = await StartContainerAsync(requests, container, cancellation);
            int exitCode = await FollowAsync([started]);
            if (exitCode != 0)
            {
                await context.Error.WriteLineAsync($"crid: init container '{container.Name}' ended with exit code {exitCode}");
                return exitCode;
            }
        }

        return 0;
    }

    private async Task<List<StartedContainer>> StartContainersAsync(ContainerRequests requests, CancellationToken cancellation)
    {
        List<StartedContainer> containers = [];
        foreach (ContainerManifest container in pod.Containers)
        {
            containers.Add(await StartContainerAsync(requests, container, cancellation));
        }

        return containers;
    }

    private async Task<StartedContainer> StartContainerAsync(ContainerRequests requests, ContainerManifest container, CancellationToken cancellation)
    {
        CreateContainerRequest request = new()
        {
            PodSandboxId = _sandboxId,
            Config = requests.Of(container, ImageOf(container.Image)),
            SandboxConfig = SandboxRequests.Of(pod, _files),
        };
        CreateContainerResponse created = await context.Daemon.Runtime.CreateContainerAsync(request, context.Daemon.Within(cancellation));
        await context.Daemon.Runtime.StartContainerAsync(
            new StartContainerRequest { ContainerId = created.ContainerId }, context.Daemon.Within(cancellation));
        string log = $"{_files.LogDirectory}/{PodFiles.LogPath(container.Name)}";
        return new StartedContainer(created.ContainerId, container.Name, log, new ContainerWatch(context.Daemon, context.Clock, created.ContainerId));
    }

    /// <summary>Shows what the containers write until all have ended. The first Ctrl-C stops them in order and is not the end of their output.</summary>
    private async Task<int> FollowAsync(List<StartedContainer> containers)
    {
        bool named = pod.Containers.Count + pod.InitContainers.Count > 1;
        LogOptions options = new(Follow: true);
        Task follow = Task.WhenAll(containers.Select(container =>
        {
            byte[] prefix = named ? Encoding.UTF8.GetBytes($"[{container.Name}] ") : [];
            LogPrinter printer = new(context.Terminal.OutputBytes, context.Terminal.ErrorBytes, options, prefix);
            return new LogReader(context.Clock).ReadAsync(container.LogPath, printer, options, container.Watch.HasEndedAsync, context.Interrupts.Second);
        }));
        Task interrupted = Task.Delay(Timeout.InfiniteTimeSpan, context.Interrupts.First);
        if (await Task.WhenAny(follow, interrupted) == interrupted)
        {
            PodStopper stopper = new(context.Daemon);
            await Task.WhenAll(containers.Select(container => stopper.StopContainerAsync(container.Id, pod.TerminationGrace, context.Interrupts.Second)));
        }

        await follow;
        foreach (StartedContainer container in containers)
        {
            if (container.Watch.Final is { ExitCode: not 0 } failed)
            {
                await ExplainAsync(container.Name, failed);
                return failed.ExitCode;
            }
        }

        return ExitCodes.Success;
    }

    // An exit code alone says enough, but not that the kernel or the runtime was the cause.
    private async Task ExplainAsync(string name, ContainerStatus status)
    {
        if (status.Reason is not ("Error" or ""))
        {
            string message = status.Message.Length > 0 ? $": {SafeText.Of(status.Message)}" : "";
            await context.Error.WriteLineAsync($"crid: container '{name}' ended: {SafeText.Of(status.Reason)}{message}");
        }
    }

    /// <summary>Runs after Ctrl-C as well: containers get their grace period, unless the signal comes a second time.</summary>
    private async Task RemoveAsync()
    {
        if (_sandboxId is null)
        {
            _files.Delete();
            return;
        }

        PodStopper stopper = new(context.Daemon);
        try
        {
            await stopper.StopPodAsync(_sandboxId, pod.TerminationGrace, context.Interrupts.Second);
        }
        catch (Exception error) when (context.Interrupts.Second.IsCancellationRequested && (error is OperationCanceledException or RpcException))
        {
            await stopper.StopPodAsync(_sandboxId, TimeSpan.Zero, CancellationToken.None);
        }

        await context.Daemon.Runtime.RemovePodSandboxAsync(
            new RemovePodSandboxRequest { PodSandboxId = _sandboxId }, context.Daemon.Within(CancellationToken.None));
        _files.Delete();
    }

    private sealed record StartedContainer(string Id, string Name, string LogPath, ContainerWatch Watch);
}
