using Crid.Core;
using Crid.Keeper.Protocol;
using Crid.Linux;

namespace Crid.Runtimes.Tests;

/// <summary>Commands whose caller does not wait until the OCI runtime has started them.</summary>
public sealed class GivenUpExecTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly RuntimeFixture _fixture = new();
    private readonly TaskCompletionSource _runtime = new();

    public GivenUpExecTests() => _fixture.Keeper.Held = _runtime.Task;

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task ExecSyncAsync_RuntimeOutlastsTheTimeout_FailsAtTheTimeoutAndEndsTheCommandLater()
    {
        using OciRuntimes runtimes = await OpenAsync();
        using ProcessHandle command = Sleeper();

        CridException exception = await Assert.ThrowsAsync<CridException>(() => runtimes.Get("oci").ExecSyncAsync(
            TestRequests.Container, ["sleep", "600"], TimeSpan.FromMilliseconds(1), CancellationToken.None).WaitAsync(Patience, TestContext.Current.CancellationToken));

        Assert.Equal(ErrorKind.DeadlineExceeded, exception.Kind);
        Assert.Empty(_fixture.Keeper.Forgotten);
        await RuntimeReturnsAndCommandEndsAsync(command);
    }

    [Fact]
    public async Task ExecSyncAsync_CallerLeavesBeforeTheRuntimeReturns_EndsTheCommandLater()
    {
        using OciRuntimes runtimes = await OpenAsync();
        using ProcessHandle command = Sleeper();
        using CancellationTokenSource caller = new();

        Task<ExecSyncResult> exec = runtimes.Get("oci").ExecSyncAsync(TestRequests.Container, ["sleep", "600"], timeout: null, caller.Token);
        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => exec.WaitAsync(Patience, CancellationToken.None));
        await RuntimeReturnsAndCommandEndsAsync(command);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ExecAsync_ClientLeavesBeforeTheRuntimeReturns_EndsTheCommandLater(bool terminal)
    {
        using OciRuntimes runtimes = await OpenAsync();
        using ProcessHandle command = Sleeper();
        using CancellationTokenSource client = new();
        ProcessStreams streams = new() { Stdin = new MemoryStream(), Stdout = new MemoryStream(), Stderr = terminal ? null : new MemoryStream() };

        Task<int> exec = runtimes.Get("oci").ExecAsync(TestRequests.Container, ["sleep", "600"], terminal, streams, client.Token);
        await client.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => exec.WaitAsync(Patience, CancellationToken.None));
        await RuntimeReturnsAndCommandEndsAsync(command);
    }

    [Fact]
    public async Task ExecSyncAsync_GivenUpAndThenRefused_LeavesNothing()
    {
        using OciRuntimes runtimes = await OpenAsync();
        _fixture.Keeper.OnExec = static _ => new SpawnResult(1, 0, 0);

        await Assert.ThrowsAsync<CridException>(() => runtimes.Get("oci").ExecSyncAsync(
            TestRequests.Container, ["true"], TimeSpan.FromMilliseconds(1), CancellationToken.None).WaitAsync(Patience, TestContext.Current.CancellationToken));
        _runtime.SetResult();

        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task ExecSyncAsync_BundleIsRemovedMeanwhile_TellsWhatTheRuntimeSays()
    {
        using OciRuntimes runtimes = await OpenAsync();
        _runtime.SetResult();
        _fixture.Keeper.OnExec = request =>
        {
            Directory.Delete(request.BundleDirectory, recursive: true);
            return new SpawnResult(1, 0, 0);
        };

        CridException exception = await Assert.ThrowsAsync<CridException>(
            () => runtimes.Get("oci").ExecSyncAsync(TestRequests.Container, ["true"], timeout: null, CancellationToken.None));
        CridException next = await Assert.ThrowsAsync<CridException>(
            () => runtimes.Get("oci").ExecSyncAsync(TestRequests.Container, ["true"], timeout: null, CancellationToken.None));

        Assert.Equal((ErrorKind.FailedPrecondition, ErrorKind.NotFound), (exception.Kind, next.Kind));
    }

    private async Task<OciRuntimes> OpenAsync()
    {
        OciRuntimes runtimes = await _fixture.OpenAsync();
        await runtimes.Get("oci").CreateAsync(_fixture.Creation, CancellationToken.None);
        return runtimes;
    }

    /// <summary>A process that the runtime, once it returns, says to have started.</summary>
    private ProcessHandle Sleeper()
    {
        ProcessHandle handle = ProcessHandle.Open(ProcessSpawner.Spawn(new SpawnRequest { Path = "/bin/sleep", Arguments = ["sleep", "600"] }));
        _fixture.Keeper.OnExec = _ => new SpawnResult(0, handle.Pid, ProcessStat.Find(handle.Pid)!.Value.StartTimeTicks);
        return handle;
    }

    private async Task RuntimeReturnsAndCommandEndsAsync(ProcessHandle command)
    {
        ExecRequest request = Assert.Single(_fixture.Keeper.Execs);
        Assert.All([request.Stdin, request.Stdout, request.Stderr], static file => Assert.NotEqual(true, file?.IsClosed));
        Assert.Null(command.TryReap());

        _runtime.SetResult();

        await command.WaitForExitAsync(_fixture.Loop, TestContext.Current.CancellationToken).WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(137, command.TryReap()?.ExitStatus);
        _fixture.Keeper.Exit(request.Id, 137);
        await NothingIsLeftAsync();
    }

    private async Task NothingIsLeftAsync()
    {
        ExecRequest request = Assert.Single(_fixture.Keeper.Execs);
        long start = TimeProvider.System.GetTimestamp();
        while (_fixture.Keeper.Forgotten.Count == 0)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Patience, "the keeper still knows the command");
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }

        Assert.Equal([request.Id], _fixture.Keeper.Forgotten);
        Assert.All([request.Stdin, request.Stdout, request.Stderr], static file => Assert.NotEqual(false, file?.IsClosed));
        Assert.Empty(Directory.EnumerateFiles(_fixture.Creation.BundleDirectory, "exec-*"));
        Assert.Empty(Directory.EnumerateFiles(_fixture.Creation.BundleDirectory, "t*"));
    }
}
