using System.Text;
using Crid.Core;

namespace Crid.Linux.Tests;

public sealed class ProgramRunnerTests : IDisposable
{
    private readonly EventLoop _loop = new();
    private readonly ProgramRunner _runner;

    public ProgramRunnerTests() => _runner = new ProgramRunner(_loop, TimeProvider.System);

    public void Dispose() => _loop.Dispose();

    [Fact]
    public async Task RunAsync_BothOutputs_KeptApartWithTheExitStatus()
    {
        ProgramResult result = await RunShellAsync("echo out; echo err >&2; exit 7");

        Assert.Equal(7, result.ExitStatus);
        Assert.Equal("out\n", Encoding.UTF8.GetString(result.Output));
        Assert.Equal("err\n", Encoding.UTF8.GetString(result.ErrorOutput));
    }

    [Fact]
    public async Task RunAsync_Input_IsReadToItsEnd()
    {
        byte[] input = new byte[300_000];
        Random.Shared.NextBytes(input);

        ProgramResult result = await _runner.RunAsync(new ProgramRequest { Path = "/bin/cat", Input = input }, TestContext.Current.CancellationToken);

        Assert.Equal(0, result.ExitStatus);
        Assert.Equal(input, result.Output);
    }

    [Fact]
    public async Task RunAsync_InputNotRead_EndsWithTheProgram()
    {
        ProgramRequest request = new() { Path = "/bin/true", Input = new byte[1 << 20] };

        ProgramResult result = await _runner.RunAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(0, result.ExitStatus);
    }

    [Fact]
    public async Task RunAsync_OutputAboveLimit_IsCutButDrained()
    {
        ProgramRequest request = Shell("head -c 1000000 /dev/zero; echo end >&2") with { OutputLimit = 1000 };

        ProgramResult result = await _runner.RunAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(1000, result.Output.Length);
        Assert.Equal("end\n", Encoding.UTF8.GetString(result.ErrorOutput));
    }

    [Fact]
    public async Task RunAsync_Timeout_KillsTheWholeGroup()
    {
        ProgramRequest request = Shell("sleep 600 & echo $!; wait") with { Timeout = TimeSpan.FromMilliseconds(200) };

        CridException failure = await Assert.ThrowsAsync<CridException>(() => _runner.RunAsync(request, TestContext.Current.CancellationToken));

        Assert.Equal(ErrorKind.DeadlineExceeded, failure.Kind);
    }

    [Fact]
    public async Task RunAsync_Canceled_KillsAndThrowsCanceled()
    {
        using CancellationTokenSource cancel = new(TimeSpan.FromMilliseconds(100));

        Task<ProgramResult> run = _runner.RunAsync(Shell("sleep 600"), cancel.Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    [Fact]
    public async Task RunAsync_KilledBySignal_Is128PlusSignal()
    {
        ProgramResult result = await RunShellAsync("kill -TERM $$");

        Assert.Equal(143, result.ExitStatus);
    }

    [Fact]
    public async Task RunAsync_DescendantHoldsOutput_EndsWithTheProgram()
    {
        ProgramResult result = await RunShellAsync("echo done; sleep 5 &");

        Assert.Equal("done\n", Encoding.UTF8.GetString(result.Output));
    }

    [Fact]
    public async Task RunAsync_NoSuchProgram_NamesIt()
    {
        LinuxException failure = await Assert.ThrowsAsync<LinuxException>(
            () => _runner.RunAsync(new ProgramRequest { Path = "/nonexistent/program" }, TestContext.Current.CancellationToken));

        Assert.Contains("/nonexistent/program", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_EnvironmentAndDirectory_AreThePrograms()
    {
        ProgramRequest request = new()
        {
            Path = "/usr/bin/env",
            Environment = new Dictionary<string, string> { ["A"] = "1 ü" },
            WorkingDirectory = "/tmp",
        };

        ProgramResult environment = await _runner.RunAsync(request, TestContext.Current.CancellationToken);
        ProgramResult directory = await _runner.RunAsync(request with { Path = "/bin/pwd" }, TestContext.Current.CancellationToken);

        Assert.Equal("A=1 ü\n", Encoding.UTF8.GetString(environment.Output));
        Assert.Equal("/tmp\n", Encoding.UTF8.GetString(directory.Output));
    }

    [Fact]
    public async Task RunAsync_ManyAtOnce_AllEnd()
    {
        ProgramResult[] results = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => RunShellAsync($"echo {i}")));

        Assert.Equal(Enumerable.Range(0, 40).Select(i => $"{i}\n"), results.Select(result => Encoding.UTF8.GetString(result.Output)));
    }

    private static ProgramRequest Shell(string script) => new() { Path = "/bin/sh", Arguments = ["-c", script] };

    private Task<ProgramResult> RunShellAsync(string script) => _runner.RunAsync(Shell(script), TestContext.Current.CancellationToken);
}
