namespace Crid.HostTests;

/// <summary>A daemon of the tests and its keeper as services of the machine's systemd, which they are until this is disposed.</summary>
internal sealed class CridServices : IAsyncDisposable
{
    private readonly CridDaemon _daemon;
    private readonly SystemdUnit _keeper;
    private readonly SystemdUnit _crid;

    private CridServices(CridDaemon daemon, SystemdUnit keeper, SystemdUnit crid)
    {
        _daemon = daemon;
        _keeper = keeper;
        _crid = crid;
    }

    /// <summary>Ends a daemon that has no pods and its keeper, and has systemd start both.</summary>
    internal static async Task<CridServices> TakeOverAsync(CridDaemon daemon)
    {
        int keeperPid = daemon.FindKeeper();
        await daemon.TerminateAsync();
        LabCleanup.Kill(keeperPid);
        await Eventually.TrueAsync(() => !LabProcessInfo.IsAlive(keeperPid), "the keeper has ended");
        Directory.CreateDirectory(Path.GetDirectoryName(daemon.DropInPath)!);
        await File.WriteAllTextAsync(daemon.DropInPath, "[keeper]\nstart = \"never\"\n");

        string name = $"crid-test-{Path.GetFileName(daemon.Directory)}";
        (string, string) programs = ("@LIBEXEC@", HostRequirements.BinDirectory);
        SystemdUnit keeper = await SystemdUnit.StartAsync(
            $"{name}-keeper.service", "crid-keeper.service", programs, ("/run/crid", daemon.Run), ("crid.service", $"{name}.service"));
        SystemdUnit crid = await SystemdUnit.StartAsync(
            $"{name}.service", "crid.service", programs, ("crid serve", $"crid serve --config {daemon.ConfigPath}"), ("crid-keeper.service", keeper.Name));
        return new CridServices(daemon, keeper, crid);
    }

    /// <summary>Kills both programs and waits until systemd has started them again and crid serves calls with the new keeper.</summary>
    internal async Task KillBothAsync()
    {
        int[] pids = [await _crid.FindPidAsync(), await _keeper.FindPidAsync()];
        await LabProcess.RunAsync("/bin/kill", ["-KILL", .. pids.Select(static pid => $"{pid}")]);
        await Eventually.TrueAsync(async () => await _keeper.FindPidAsync() is int pid and not 0 && !pids.Contains(pid) && await _daemon.GetKeeperAsync() == pid, "both run again");
    }

    public async ValueTask DisposeAsync()
    {
        await _crid.DisposeAsync();
        await _keeper.DisposeAsync();
    }
}
