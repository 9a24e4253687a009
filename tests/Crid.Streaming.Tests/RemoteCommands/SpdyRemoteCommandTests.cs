using System.Text;
using Crid.Core;
using Crid.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crid.Streaming.Tests;

public sealed class SpdyRemoteCommandTests
{
    private const string V4 = "v4.channel.k8s.io";

    private static readonly RemoteCommandRequest Pipes = new(Stdin: true, Stdout: true, Stderr: true, Tty: false);
    private static readonly RemoteCommandRequest Terminal = new(Stdin: true, Stdout: true, Stderr: false, Tty: true);

    [Fact]
    public async Task Exec_CatWithHalfClose_EchoesAndSucceeds()
    {
        await using Lab lab = new(V4, Pipes, static async (session, token) =>
        {
            await session.Stdin!.CopyToAsync(session.Stdout!, token);
            await session.Stderr!.WriteAsync("done"u8.ToArray(), token);
            return RemoteCommandOutcome.Exited(0);
        });
        ClientStream error = await lab.Client.OpenTypeAsync("error");
        ClientStream stdin = await lab.Client.OpenTypeAsync("stdin");
        ClientStream stdout = await lab.Client.OpenTypeAsync("stdout");
        ClientStream stderr = await lab.Client.OpenTypeAsync("stderr");

        await lab.Client.SendAsync(stdin, "some text", fin: true);

        Assert.Equal("some text", await stdout.TextAsync());
        Assert.Equal("done", await stderr.TextAsync());
        Assert.Equal("""{"status":"Success"}""", await error.TextAsync());
        Assert.Equal(0u, await lab.Client.GoAwayStatus);
        Assert.False(stdout.IsReset || stderr.IsReset || error.IsReset);
    }

    [Theory]
    [InlineData(V4, 42, """{"status":"Failure","message":"command terminated with non-zero exit code: 42","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"42"}]}}""")]
    [InlineData("v3.channel.k8s.io", 42, "command terminated with non-zero exit code: 42")]
    [InlineData("v2.channel.k8s.io", 0, "")]
    [InlineData("channel.k8s.io", 1, "command terminated with non-zero exit code: 1")]
    public async Task Exec_ExitsWhileStdinIsOpen_StatusEndsTheSession(string protocol, int code, string status)
    {
        await using Lab lab = new(protocol, Pipes, (_, _) => Task.FromResult(RemoteCommandOutcome.Exited(code)));
        ClientStream stderr = await lab.Client.OpenTypeAsync("stderr");
        ClientStream stdout = await lab.Client.OpenTypeAsync("stdout");
        ClientStream stdin = await lab.Client.OpenTypeAsync("stdin");
        ClientStream error = await lab.Client.OpenTypeAsync("error");

        Assert.Equal(status, await error.TextAsync());
        Assert.Equal("", await stdout.TextAsync() + await stderr.TextAsync());
        await stdin.Ended;
        Assert.Equal(protocol != "channel.k8s.io", stdin.IsReset);
        Assert.Equal(0u, await lab.Client.GoAwayStatus);
    }

    [Fact]
    public async Task Exec_LargeOutputThenExit_ArrivesBeforeTheStatus()
    {
        byte[] output = new byte[3_000_000];
        new Random(3).NextBytes(output);
        await using Lab lab = new(V4, new RemoteCommandRequest(false, true, false, false), async (session, token) =>
        {
            await session.Stdout!.WriteAsync(output, token);
            return RemoteCommandOutcome.Exited(7);
        });
        ClientStream error = await lab.Client.OpenTypeAsync("error");
        ClientStream stdout = await lab.Client.OpenTypeAsync("stdout");

        await error.Ended;

        Assert.Equal(output, stdout.Bytes);
        Assert.Contains("\"message\":\"7\"", await error.TextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exec_HandlerThrows_IsAnInternalError()
    {
        await using Lab lab = new(V4, new RemoteCommandRequest(false, true, false, false), static (_, _) => throw new InvalidOperationException("no such program \"x\""));
        ClientStream error = await lab.Client.OpenTypeAsync("error");
        await lab.Client.OpenTypeAsync("stdout");

        string status = await error.TextAsync();

        Assert.StartsWith("""{"status":"Failure","message":"Internal error occurred: no such program """, status, StringComparison.Ordinal);
        Assert.Contains("\"reason\":\"InternalError\"", status, StringComparison.Ordinal);
        Assert.EndsWith(""","code":500}""", status, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exec_OutputEndsFirst_IsTold()
    {
        TaskCompletionSource exit = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Lab lab = new(V4, Pipes, async (session, token) =>
        {
            await session.Stdout!.DisposeAsync();
            await exit.Task.WaitAsync(token);
            return RemoteCommandOutcome.Success;
        });
        ClientStream error = await lab.Client.OpenTypeAsync("error");
        await lab.Client.OpenTypeAsync("stdin");
        ClientStream stdout = await lab.Client.OpenTypeAsync("stdout");
        ClientStream stderr = await lab.Client.OpenTypeAsync("stderr");

        await stdout.Ended;
        exit.SetResult();

        Assert.Equal("""{"status":"Success"}""", await error.TextAsync());
        Assert.Equal("", await stderr.TextAsync());
    }

    [Fact]
    public async Task Exec_Terminal_GetsSizesAndHasNoStderr()
    {
        await using Lab lab = new(V4, Terminal with { Stderr = true }, static async (session, token) =>
        {
            Assert.Null(session.Stderr);
            TerminalSize first = await session.Resizes.ReadAsync(token);
            TerminalSize second = await session.Resizes.ReadAsync(token);
            await session.Stdout!.WriteAsync(Encoding.ASCII.GetBytes($"{first.Width}x{first.Height} {second.Width}x{second.Height}"), token);
            return RemoteCommandOutcome.Success;
        });
        await lab.Client.OpenTypeAsync("error");
        await lab.Client.OpenTypeAsync("stdin");
        ClientStream stdout = await lab.Client.OpenTypeAsync("stdout");
        ClientStream resize = await lab.Client.OpenTypeAsync("resize");

        await lab.Client.SendAsync(resize, """{"Width":80,"Hei""");
        await lab.Client.SendAsync(resize, """ght":24}""" + "\n" + """{"Width":0,"Height":9}{"Width":100,"Height":50}""");

        Assert.Equal("80x24 100x50", await stdout.TextAsync());
    }

    [Fact]
    public async Task Exec_ClientVanishes_CancelsTheHandler()
    {
        TaskCompletionSource<bool> cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Lab lab = new(V4, Pipes, async (_, token) =>
        {
            await Task.Delay(Timeout.Infinite, token).ContinueWith(_ => { }, TaskScheduler.Default);
            cancelled.SetResult(token.IsCancellationRequested);
            token.ThrowIfCancellationRequested();
            return RemoteCommandOutcome.Success;
        });
        foreach (string type in new[] { "error", "stdin", "stdout", "stderr" })
        {
            await lab.Client.OpenTypeAsync(type);
        }

        lab.Client.EndSend();

        Assert.True(await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(10)));
        await lab.Serving.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Exec_StdinFloodNobodyReads_StillEnds()
    {
        await using Lab lab = new(V4, new RemoteCommandRequest(true, false, false, false), static async (session, token) =>
        {
            await session.Stdin!.ReadExactlyAsync(new byte[10], token);
            return RemoteCommandOutcome.Exited(3);
        });
        ClientStream error = await lab.Client.OpenTypeAsync("error");
        ClientStream stdin = await lab.Client.OpenTypeAsync("stdin");

        await lab.Client.SendAsync(SpdyClient.Data(stdin.Id, new byte[10_000_000]));

        Assert.Contains("\"message\":\"3\"", await error.TextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exec_UnknownAndRepeatedStreams_AreIgnored()
    {
        await using Lab lab = new(V4, new RemoteCommandRequest(false, true, false, false), static async (session, token) =>
        {
            await session.Stdout!.WriteAsync("x"u8.ToArray(), token);
            return RemoteCommandOutcome.Success;
        });
        ClientStream unknown = await lab.Client.OpenTypeAsync("telemetry");
        ClientStream error = await lab.Client.OpenTypeAsync("error");
        ClientStream again = await lab.Client.OpenTypeAsync("error");
        await lab.Client.SendAsync(unknown, "dropped");

        ClientStream stdout = await lab.Client.OpenTypeAsync("stdout");

        Assert.Equal("x", await stdout.TextAsync());
        Assert.Equal("""{"status":"Success"}""", await error.TextAsync());
        Assert.Equal("", await again.TextAsync());
    }

    [Fact]
    public async Task Exec_StreamsMissing_EndsWithoutRunning()
    {
        ManualTime time = new();
        bool ran = false;
        await using Lab lab = new(
            V4,
            Pipes,
            (_, _) =>
            {
                ran = true;
                return Task.FromResult(RemoteCommandOutcome.Success);
            },
            time);
        ClientStream error = await lab.Client.OpenTypeAsync("error");

        time.Advance(TimeSpan.FromSeconds(31));

        await error.Ended;
        Assert.Equal(0u, await lab.Client.GoAwayStatus);
        Assert.False(ran);
    }

    private sealed class Lab : IAsyncDisposable
    {
        private readonly DuplexStream _server;

        public Lab(string protocol, RemoteCommandRequest request, RemoteCommandHandler handler, TimeProvider? time = null)
        {
            (_server, DuplexStream client) = DuplexStream.CreatePair();
            RemoteCommandServer server = new(new StreamingOptions(), time ?? TimeProvider.System, NullLogger<RemoteCommandServer>.Instance);
            Serving = ServeAsync(server, protocol, request, handler);
            Client = new SpdyClient(client);
        }

        public SpdyClient Client { get; }

        public Task Serving { get; }

        public async ValueTask DisposeAsync()
        {
            await Client.DisposeAsync();
            await Serving.WaitAsync(TimeSpan.FromSeconds(20));
        }

        private async Task ServeAsync(RemoteCommandServer server, string protocol, RemoteCommandRequest request, RemoteCommandHandler handler)
        {
            await server.ServeSpdyAsync(_server, protocol, request, handler, CancellationToken.None);
            await _server.DisposeAsync();
        }
    }
}
