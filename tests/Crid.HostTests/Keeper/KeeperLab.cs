using System.Collections.Concurrent;
using Crid.Core;
using Crid.Keeper.Protocol;
using Crid.Linux;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crid.HostTests;

/// <summary>A crid-keeper of its own with busybox containers that a real OCI runtime makes; everything is gone when it is disposed.</summary>
internal sealed class KeeperLab : IAsyncDisposable
{
    private const string Busybox = "/bin/busybox";

    private readonly ConcurrentDictionary<string, ProcessExit> _exits = new();
    private readonly List<string> _containers = [];
    private readonly string _name = $"crid-test-keeper-{Guid.NewGuid():N}"[..28];

    private IServiceManager? _manager;

    private KeeperLab(EventLoop loop)
    {
        Loop = loop;
        Directories = new CridDirectories($"/run/{_name}/root", $"/run/{_name}");
    }

    internal EventLoop Loop { get; }

    internal CridDirectories Directories { get; }

    internal LabProcess Process { get; private set; } = null!;

    internal KeeperClient Client { get; private set; } = null!;

    /// <param name="ownProgram">The keeper runs from a directory of the lab, where a test may replace it.</param>
    /// <param name="programDirectory">Where that comes from, if not from the programs under test.</param>
    internal static async Task<KeeperLab> StartAsync(bool ownProgram = false, string? programDirectory = null)
    {
        KeeperLab lab = Make();
        if (ownProgram)
        {
            lab.CopyProgram(programDirectory ?? HostRequirements.BinDirectory);
        }

        lab.StartKeeper();
        await lab.ConnectAsync();
        return lab;
    }

    /// <summary>The same with a keeper that a service manager runs.</summary>
    /// <param name="systemd">That is the machine's systemd, and not something in its place.</param>
    internal static async Task<KeeperLab> StartManagedAsync(bool systemd)
    {
        if (systemd)
        {
            SystemdManager.Require();
        }
        else
        {
            ServiceManagerScript.Require();
        }

        KeeperLab lab = Make();
        lab._manager = systemd
            ? await SystemdManager.StartAsync(lab._name, lab.KeeperCommand)
            : ServiceManagerScript.Start(lab.Directories.Run, lab.KeeperCommand);
        await lab.ConnectAsync();
        return lab;
    }

    private static KeeperLab Make()
    {
        HostRequirements.Require(LabMachine.RuntimePath, Busybox, KeeperPath);
        KeeperLab lab = new(new EventLoop());
        Directory.CreateDirectory(lab.Directories.Run);
        return lab;
    }

    /// <summary>What the lab's keeper is started from.</summary>
    internal string ProgramPath { get; private set; } = KeeperPath;

    internal static string KeeperPath => Path.Combine(HostRequirements.BinDirectory, "crid-keeper");

    internal void StartKeeper() => StartKeeperBehind();

    /// <summary>The same by a program that changes something and then executes its arguments.</summary>
    internal void StartKeeperBehind(params string[] wrapper)
    {
        string[] command = [.. wrapper, .. KeeperCommand];
        Process = LabProcess.Start($"{Directories.Run}/keeper.log", command[0], command[1..]);
    }

    /// <summary>The same with the keeper in a cgroup, which must be below one of <see cref="Name"/> to be removed with the lab.</summary>
    internal void StartKeeper(string cgroup) => StartKeeperBehind(Busybox, "sh", "-c", "echo $$ > $0/cgroup.procs; exec \"$@\"", cgroup);

    /// <summary>The lab's part of the cgroup hierarchies.</summary>
    internal string Name => _name;

    internal IServiceManager Manager => _manager!;

    /// <summary>Kills the keeper that the service manager runs.</summary>
    internal void KillManagedKeeper() => LabCleanup.Kill(FindManagedKeeper());

    private int FindManagedKeeper() => LabProcessInfo.List().Single(process => process.CommandLine.StartsWith(ProgramPath, StringComparison.Ordinal)
        && process.CommandLine.Contains(Directories.Run, StringComparison.Ordinal)).Pid;

    private string[] KeeperCommand => [ProgramPath, "--run-directory", Directories.Run, "--log-level", "debug"];

    /// <summary>Exits that were reported.</summary>
    internal IReadOnlyDictionary<string, ProcessExit> Exits => _exits;

    internal string ReadKeeperLog() => File.ReadAllText($"{Directories.Run}/keeper.log");

    internal async Task ConnectAsync(KeeperClientOptions? options = null)
    {
        Client = MakeClient(options);
        Client.Exited += exit => _exits[exit.Id] = exit;
        await Client.ConnectAsync(TestContext.Current.CancellationToken);
    }

    internal KeeperClient MakeClient(KeeperClientOptions? options = null) => new(
        options ?? new KeeperClientOptions { SocketPath = Directories.KeeperSocket }, Loop, TimeProvider.System, NullLogger<KeeperClient>.Instance);

    internal string RuntimeRoot => $"{Directories.Run}/runtime";

    /// <summary>Puts another program in the place of the keeper's, as a package manager does.</summary>
    internal void ReplaceProgram(Action<string> write)
    {
        string next = $"{ProgramPath}.next";
        write(next);
        File.SetUnixFileMode(next, File.GetUnixFileMode(ProgramPath));
        File.Move(next, ProgramPath, overwrite: true);
    }

    /// <summary>Puts a keeper with all its files in the place of the lab's own program.</summary>
    internal void CopyProgram(string from)
    {
        string directory = $"{Directories.Run}/bin";
        Directory.CreateDirectory(directory);
        foreach (string file in Directory.EnumerateFiles(from))
        {
            // A managed build consists of many files, of which only the first is replaced.
            if (Path.GetFileName(file).StartsWith("crid-keeper", StringComparison.Ordinal) || file.EndsWith(".dll", StringComparison.Ordinal))
            {
                // By a rename, as the one that is there may be running.
                string place = Path.Combine(directory, Path.GetFileName(file));
                File.Copy(file, $"{place}.next");
                File.Move($"{place}.next", place, overwrite: true);
            }
        }

        ProgramPath = $"{directory}/crid-keeper";
    }

    internal string BundleOf(string id) => $"{Directories.Run}/{id}";

    internal string LogOf(string id) => $"{Directories.Run}/logs/{id}.log";

    /// <summary>Makes a bundle that runs a shell script and the request that creates its container.</summary>
    internal CreateRequest Prepare(string id, string script, bool terminal = false)
    {
        string bundle = BundleOf(id);
        Directory.CreateDirectory($"{bundle}/rootfs/bin");
        Directory.CreateDirectory($"{bundle}/rootfs/proc");
        Directory.CreateDirectory($"{bundle}/rootfs/dev");
        Directory.CreateDirectory($"{bundle}/io");
        File.Copy(Busybox, $"{bundle}/rootfs/bin/busybox", overwrite: true);
        File.WriteAllText($"{bundle}/config.json", BundleConfig.Write($"/{_name}/{id}", script, terminal));
        _containers.Add(id);
        List<string> command = [LabMachine.RuntimePath, "--root", RuntimeRoot, "create", "--bundle", bundle, "--pid-file", $"{bundle}/pid"];
        if (terminal)
        {
            command.AddRange(["--console-socket", $"{bundle}/console.sock"]);
        }

        return new CreateRequest
        {
            Id = id,
            Command = [.. command, id],
            BundleDirectory = bundle,
            PidFile = $"{bundle}/pid",
            IoDirectory = $"{bundle}/io",
            LogPath = LogOf(id),
            Terminal = terminal,
            ConsoleSocket = terminal ? $"{bundle}/console.sock" : null,
        };
    }

    /// <summary>Makes the request for a process that stands for a container where no OCI runtime is needed; <see cref="Begin"/> starts its script.</summary>
    internal CreateRequest PrepareProcess(string id, string script)
    {
        string directory = BundleOf(id);
        Directory.CreateDirectory($"{directory}/io");
        return new CreateRequest
        {
            Id = id,
            Command = [Busybox, "sh", "-c", $"exec 3<&0; {Busybox} sh -c 'read begin; {script}' <&3 3<&- & echo $! > {directory}/pid"],
            BundleDirectory = directory,
            PidFile = $"{directory}/pid",
            IoDirectory = $"{directory}/io",
            LogPath = LogOf(id),
            Stdin = true,
        };
    }

    /// <summary>Has the script begin of what <see cref="PrepareProcess"/> prepared, once it is created.</summary>
    internal void Begin(string id) => File.WriteAllText($"{BundleOf(id)}/io/stdin", "\n");

    /// <summary>Creates and starts a container; its process may have ended when this returns.</summary>
    internal async Task<SpawnResult> RunAsync(CreateRequest request)
    {
        SpawnResult created = await Client.CreateAsync(request, TestContext.Current.CancellationToken);
        Assert.True(created.RuntimeExitStatus == 0, $"create: {created.RuntimeExitStatus}\n{ReadLog(request.Id)}");
        await StartContainerAsync(request.Id);
        return created;
    }

    internal Task StartContainerAsync(string id) => LabProcess.RunAsync(LabMachine.RuntimePath, "--root", RuntimeRoot, "start", id);

    internal async Task<ProcessExit> WaitForExitAsync(string id)
    {
        await Eventually.TrueAsync(() => _exits.ContainsKey(id), $"'{id}' has ended");
        return _exits[id];
    }

    internal string ReadLog(string id) => File.Exists(LogOf(id)) ? File.ReadAllText(LogOf(id)) : "";

    /// <summary>Stream, tag and content of the log's lines, without their times.</summary>
    internal string[] ReadLogLines(string id) =>
        ReadLog(id).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(WithoutTime).ToArray();

    /// <summary>The same one after the other, for logs that are large.</summary>
    internal IEnumerable<string> EnumerateLogLines(string id) => File.Exists(LogOf(id)) ? File.ReadLines(LogOf(id)).Select(WithoutTime) : [];

    private static string WithoutTime(string line) => line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..];

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        foreach (string id in _containers)
        {
            await LabProcess.RunAsync(LabMachine.RuntimePath, "--root", RuntimeRoot, "delete", "--force", id);
        }

        if (_manager is null)
        {
            await Process.DisposeAsync();
        }
        else
        {
            await _manager.DisposeAsync();
        }

        Loop.Dispose();
        foreach (string cgroup in LabCleanup.FindCgroups(_name).OrderDescending(StringComparer.Ordinal).ToArray())
        {
            Directory.Delete(cgroup);
        }

        Directory.Delete(Directories.Run, recursive: true);
    }
}
