namespace Crid.HostTests;

/// <summary>What an operator does with a daemon that runs: the verbs, as the program itself.</summary>
public sealed class OperatorTests(PodFixture fixture) : IClassFixture<PodFixture>
{
    private CridDaemon Daemon => fixture.Daemon;

    [Fact]
    public async Task Verbs_RunningPod_ShowIt()
    {
        (string sandboxId, _) = await Daemon.RunPodAsync("shown", fixture.Image, "sleep 1000");

        Assert.Contains(" main ", await CridAsync("stats", "--no-stream"), StringComparison.Ordinal);
        Assert.Contains("shown", await CridAsync("top", "pods", "--no-stream"), StringComparison.Ordinal);
        string info = await CridAsync("info");
        Assert.Contains("keeper         connected", info, StringComparison.Ordinal);
        Assert.Contains(Daemon.ConfigPath, info, StringComparison.Ordinal);
        Assert.Matches("gzip +(libisal|.NET)", info);
        Assert.Matches("zstd +(libzstd|ZstdSharp)", info);
        await Daemon.RemoveSandboxAsync(sandboxId);
    }

    [Fact]
    public async Task LogLevel_ByVerbAndByFile_ChangesWhatIsLogged()
    {
        Assert.Equal("debug\n", await CridAsync("log", "level"));
        await CridAsync("log", "level", "error");
        Assert.Equal("error\n", await CridAsync("log", "level"));

        Directory.CreateDirectory(Path.GetDirectoryName(Daemon.DropInPath)!);
        await File.WriteAllTextAsync(Daemon.DropInPath, "[log]\nlevel = \"info\"\n[pods]\nkill_timeout = \"9s\"\n");
        await LabProcess.RunAsync("/bin/kill", "-HUP", Daemon.Pid.ToString());
        await Eventually.TrueAsync(async () => await CridAsync("log", "level") == "info\n", "SIGHUP is obeyed");
        Assert.Contains("needs restart  pods.kill_timeout", await CridAsync("info"), StringComparison.Ordinal);

        File.Delete(Daemon.DropInPath);
        await Eventually.TrueAsync(async () => await CridAsync("log", "level") == "debug\n", "the files are watched");
        Assert.Equal("nothing has changed\n", await CridAsync("reload"));
    }

    [Fact]
    public async Task DebugBundle_RunningDaemon_HasTheStateWithoutSecrets()
    {
        (string sandboxId, string id) = await Daemon.RunPodAsync(
            "bundled", fixture.Image, "sleep 1000", static (pod, _) => pod.Annotations["example.org/applied"] = "secret-in-an-annotation");
        string file = $"{Daemon.Directory}/bundle.tar.gz";

        await LabProcess.RunAsync($"{HostRequirements.BinDirectory}/crid", "debug", "bundle", "--config", Daemon.ConfigPath, "--file", file);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        string names = await LabProcess.RunAsync("/bin/tar", "-tzf", file);
        Assert.All(
            new[] { "config.toml", "check.txt", "version.json", "state/info.json", "host/proc/meminfo", "cni/10-test.conflist" },
            name => Assert.Contains($"crid-debug/{name}\n", names, StringComparison.Ordinal));
        string all = await LabProcess.RunAsync("/bin/tar", "-xzOf", file);
        Assert.Contains(id, all, StringComparison.Ordinal);
        Assert.Contains("\"decoders\"", all, StringComparison.Ordinal);
        Assert.Contains("\"cdi\"", all, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-in-an-annotation", all, StringComparison.Ordinal);
        await Daemon.RemoveSandboxAsync(sandboxId);
    }

    private Task<string> CridAsync(params string[] arguments) =>
        LabProcess.RunAsync($"{HostRequirements.BinDirectory}/crid", [.. arguments, "--address", Daemon.Socket]);
}
