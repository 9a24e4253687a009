using System.Text.Json.Nodes;

namespace Crid.HostTests;

/// <summary>Drives the life of a pod with crictl, where it is on PATH.</summary>
public sealed class CrictlTests(PodFixture fixture) : IClassFixture<PodFixture>
{
    [Fact]
    public async Task Crictl_LifeOfAPod_Works()
    {
        string? crictl = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(directory => Path.Combine(directory, "crictl")).FirstOrDefault(File.Exists);
        Assert.SkipWhen(crictl is null, "crictl is not on PATH");
        CridDaemon daemon = fixture.Daemon;
        string sandboxConfig = $"{daemon.Directory}/sandbox.json";
        string containerConfig = $"{daemon.Directory}/container.json";
        await File.WriteAllTextAsync(sandboxConfig, new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = "crictl", ["namespace"] = "default", ["uid"] = "u1", ["attempt"] = 1 },
            ["log_directory"] = $"{daemon.Directory}/logs/crictl",
            ["linux"] = new JsonObject
            {
                ["cgroup_parent"] = daemon.CgroupParent,
                ["security_context"] = new JsonObject { ["namespace_options"] = new JsonObject { ["pid"] = 1 } },
            },
        }.ToJsonString());
        await File.WriteAllTextAsync(containerConfig, new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = "main" },
            ["image"] = new JsonObject { ["image"] = fixture.Image },
            ["log_path"] = "main.log",
            ["command"] = new JsonArray("/bin/sh", "-c", "echo from crictl; sleep 1000"),
            ["linux"] = new JsonObject { ["security_context"] = new JsonObject { ["namespace_options"] = new JsonObject { ["pid"] = 1 } } },
        }.ToJsonString());
        Task<string> RunAsync(params string[] arguments) =>
            LabProcess.RunAsync(crictl!, ["--runtime-endpoint", $"unix://{daemon.Socket}", "--image-endpoint", $"unix://{daemon.Socket}", "--timeout", "30s", .. arguments]);

        Assert.Contains("RuntimeName:  crid", await RunAsync("version"), StringComparison.Ordinal);
        await RunAsync("pull", fixture.Image);
        Assert.Contains("test/busybox", await RunAsync("images"), StringComparison.Ordinal);
        string sandbox = (await RunAsync("runp", sandboxConfig)).Trim();
        Assert.Contains(sandbox[..13], await RunAsync("pods"), StringComparison.Ordinal);
        string container = (await RunAsync("create", sandbox, containerConfig, sandboxConfig)).Trim();
        await RunAsync("start", container);
        Assert.Contains(container[..13], await RunAsync("ps"), StringComparison.Ordinal);
        Assert.Equal("hi", (await RunAsync("exec", "-s", container[..13], "echo", "hi")).TrimEnd('\n')); // It adds line ends of its own.
        await Eventually.TrueAsync(async () => await RunAsync("logs", container) == "from crictl\n", "the log is shown");
        Assert.Contains("\"state\": \"CONTAINER_RUNNING\"", await RunAsync("inspect", container), StringComparison.Ordinal);
        Assert.Contains("\"state\": \"SANDBOX_READY\"", await RunAsync("inspectp", sandbox), StringComparison.Ordinal);
        Assert.Contains("\"type\": \"RuntimeReady\"", await RunAsync("info"), StringComparison.Ordinal);
        Assert.Contains(container[..13], await RunAsync("stats"), StringComparison.Ordinal);
        Assert.Contains(sandbox[..13], await RunAsync("statsp"), StringComparison.Ordinal);
        await RunAsync("stop", "--timeout", "0", container);
        await RunAsync("rm", container);
        await RunAsync("stopp", sandbox);
        await RunAsync("rmp", sandbox);
        await LeakCheck.NothingIsLeftAsync(daemon);
    }
}
