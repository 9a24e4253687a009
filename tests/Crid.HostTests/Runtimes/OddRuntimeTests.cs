using Crid.Api;
using Grpc.Core;

namespace Crid.HostTests;

/// <summary>OCI runtimes that don't do what they should: pods of their handler fail, and nothing else suffers.</summary>
public sealed class OddRuntimeTests(PodFixture fixture) : IClassFixture<PodFixture>
{
    // What it has for its output is the container's: more than its pipe holds.
    private const string Noise = "head -c 3000000 /dev/urandom; head -c 3000000 /dev/urandom >&2; head -c 3000000 /dev/urandom > \"$log\"";

    [Theory]
    [InlineData("says nothing", "exit 0")]
    [InlineData("makes noise and fails", Noise + "; exit 1")]
    [InlineData("writes noise for a pid", Noise + "; head -c 3000000 /dev/urandom > \"$pid\"")]
    [InlineData("writes a negative pid", "echo -1 > \"$pid\"")]
    [InlineData("writes the pid of nobody", "echo 2147483646 > \"$pid\"")]
    [InlineData("writes the pid of somebody else", "echo 1 > \"$pid\"")]
    [InlineData("makes a directory of the pid file", "mkdir \"$pid\"")]
    [InlineData("kills itself", "kill -9 $$")]
    public async Task CreateContainer_RuntimeThat_FailsAndLeavesNothing(string what, string create)
    {
        Assert.NotEmpty(what);
        await using CridDaemon daemon = await CridDaemon.StartAsync(dropIn: daemon => OddHandler(daemon, create));
        await daemon.Images.PullImageAsync(new PullImageRequest { Image = new ImageSpec { Image = fixture.Image } });
        PodSandboxConfig sandbox = Requests.Sandbox(daemon, "odd");
        string sandboxId = await daemon.RunSandboxAsync(sandbox, "odd");

        RpcException refused = await Assert.ThrowsAsync<RpcException>(
            () => daemon.CreateContainerAsync(sandboxId, sandbox, Requests.Container("main", fixture.Image, "sleep", "1000")));

        Assert.InRange(refused.Status.Detail.Length, 1, 10_000);
        Assert.Empty((await daemon.Runtime.ListContainersAsync(new ListContainersRequest())).Containers);
        Assert.Empty(Directory.EnumerateFiles(sandbox.LogDirectory, "*", SearchOption.AllDirectories));
        (string otherSandbox, string other) = await daemon.RunPodAsync("other", fixture.Image, "sleep 1000");
        Assert.Equal((0, "ok\n", ""), await daemon.ExecAsync(other, "echo", "ok"));
        await daemon.RemoveSandboxAsync(otherSandbox);
        await daemon.RemoveSandboxAsync(sandboxId);
        await LeakCheck.NothingIsLeftAsync(daemon);
    }

    [Fact]
    public async Task ExecSync_RuntimeThatHangs_FailsAtTheTimeoutAndTheCommandIsEndedOnceItRuns()
    {
        await using CridDaemon daemon = await CridDaemon.StartAsync(dropIn: static daemon => SlowHandler(daemon, "exec"));
        await daemon.Images.PullImageAsync(new PullImageRequest { Image = new ImageSpec { Image = fixture.Image } });
        (string sandboxId, string id) = await daemon.RunPodAsync("slow", fixture.Image, "sleep 1000", handler: "slow");

        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(30));
        RpcException late = await Assert.ThrowsAsync<RpcException>(() => daemon.Runtime.ExecSyncAsync(
            new ExecSyncRequest { ContainerId = id, Cmd = { "sleep", "1001" }, Timeout = 1 },
            cancellationToken: limit.Token).ResponseAsync);
        await File.WriteAllTextAsync($"{daemon.Directory}/go", "");

        Assert.Equal(StatusCode.DeadlineExceeded, late.StatusCode);
        await Eventually.TrueAsync(() => File.Exists($"{daemon.Directory}/gone"), "the runtime goes on");
        await Eventually.TrueAsync(
            () => !Directory.EnumerateFiles($"{daemon.Run}/containers/{id}", "exec-*").Any(), "the files of the command are gone, as the runtime has ended");
        await Eventually.TrueAsync(
            async () => !(await daemon.ExecAsync(id, "ps", "-o", "args")).Stdout.Contains("1001", StringComparison.Ordinal), "the command has been ended");
        await daemon.RemoveSandboxAsync(sandboxId);
        await LeakCheck.NothingIsLeftAsync(daemon);
    }

    /// <summary>
    /// A handler whose runtime does nothing of one kind before there is a file 'go' in the daemon's directory, and makes a file 'gone' then.
    /// </summary>
    private static string SlowHandler(CridDaemon daemon, string call) => Handler(daemon, "slow", $"""
        case " $* " in *" {call} "*) while [ ! -e "{daemon.Directory}/go" ]; do sleep 0.1; done; touch "{daemon.Directory}/gone" ;; esac
        exec {LabMachine.RuntimePath} "$@"
        """);

    /// <summary>A handler whose runtime answers every question with noise, and does this for 'create'.</summary>
    private static string OddHandler(CridDaemon daemon, string create) => Handler(daemon, "odd", $$"""
        all="$*"
        while [ $# -gt 1 ]; do
          case "$1" in --pid-file) pid=$2 ;; --log) log=$2 ;; esac
          shift
        done
        case " $all " in
          *" create "*) {{create}} ;;
          *" delete "*) exit 0 ;;
          *) head -c 3000000 /dev/urandom ;;
        esac
        """);

    private static string Handler(CridDaemon daemon, string name, string script)
    {
        string path = $"{daemon.Directory}/{name}";
        File.WriteAllText(path, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return $"""
            [runtimes.handlers.{name}]
            path = "{path}"
            """;
    }
}
