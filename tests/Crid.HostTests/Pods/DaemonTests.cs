using Crid.Api;

namespace Crid.HostTests;

/// <summary>How the daemon treats its socket and its operator.</summary>
public sealed class DaemonTests
{
    [Fact]
    public async Task SecondInstance_SameDirectories_IsRefusedAndTheFirstServesOn()
    {
        await using CridDaemon daemon = await CridDaemon.StartAsync();
        await using LabProcess second = LabProcess.Start(
            $"{daemon.Directory}/second.log", Path.Combine(HostRequirements.BinDirectory, "crid"), "serve", "--config", $"{daemon.Directory}/config.toml");

        await Eventually.TrueAsync(() => second.HasExited, "the second instance ends");

        Assert.Equal(1, second.ExitCode);
        await Eventually.TrueAsync(async () => (await File.ReadAllTextAsync(second.LogPath)).Contains("already running", StringComparison.Ordinal), "it says why");
        Assert.Equal("crid", (await daemon.Runtime.VersionAsync(new VersionRequest())).RuntimeName);
    }

    [Fact]
    public async Task StaleSocket_AfterAKill_IsReplaced()
    {
        await using CridDaemon daemon = await CridDaemon.StartAsync();
        await daemon.KillAsync();
        Assert.True(File.Exists(daemon.Socket));

        await daemon.LaunchAsync();

        Assert.Equal("v1", (await daemon.Runtime.VersionAsync(new VersionRequest())).RuntimeApiVersion);
    }

    [Fact]
    public async Task Socket_IsReadableByRootOnly()
    {
        await using CridDaemon daemon = await CridDaemon.StartAsync();

        Assert.Equal("660 0 0\n", await LabProcess.RunAsync("/usr/bin/stat", "-c", "%a %u %g", daemon.Socket));
    }

    [Fact]
    public async Task Status_OnAReadyNode_BothConditionsHoldAndHandlersAreListed()
    {
        await using CridDaemon daemon = await CridDaemon.StartAsync();

        StatusResponse status = await daemon.Runtime.StatusAsync(new StatusRequest());

        Assert.Equal(["NetworkReady", "RuntimeReady"], status.Status.Conditions.Where(condition => condition.Status).Select(condition => condition.Type).Order());
        Assert.Contains(status.RuntimeHandlers, handler => handler.Name.Length == 0);
        Assert.Contains(status.RuntimeHandlers, handler => handler.Name == "runc");
    }

    [Fact]
    public async Task Version_OfTheServer_IsWhatKubeletDemands()
    {
        await using CridDaemon daemon = await CridDaemon.StartAsync();

        VersionResponse version = await daemon.Runtime.VersionAsync(new VersionRequest { Version = "0.1.0" });

        Assert.Equal(("0.1.0", "crid", "v1"), (version.Version, version.RuntimeName, version.RuntimeApiVersion));
        Assert.Matches(@"^[0-9]+\.[0-9]+\.[0-9]+", version.RuntimeVersion);
    }
}
