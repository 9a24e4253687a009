using System.Text;
using System.Text.Json;
using Crid.Core;
using Crid.Keeper.Protocol;
using Crid.Linux;
using Crid.Oci;
using Microsoft.Win32.SafeHandles;

namespace Crid.Runtimes.Tests;

public sealed class OciRuntimeTests : IDisposable
{
    private readonly RuntimeFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task CreateAsync_Request_WritesTheBundleAndCallsTheRuntime()
    {
        using OciRuntimes runtimes = await _fixture.OpenAsync();

        CreatedContainer created = await runtimes.Get("oci").CreateAsync(_fixture.Creation, CancellationToken.None);

        string bundle = _fixture.Creation.BundleDirectory;
        CreateRequest request = Assert.Single(_fixture.Keeper.Creates);
        Assert.Equal(
            [
                "/usr/bin/oci", "--debug", "--root", $"{_fixture.Directories.Runtimes}/oci", "--log-format", "json", "--log", $"{bundle}/runtime.log",
                "create", "--bundle", bundle, "--pid-file", $"{bundle}/pid", TestRequests.Container.Value,
            ],
            request.Command);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode($"{bundle}/config.json"));
        OciSpec spec = JsonSerializer.Deserialize(await File.ReadAllBytesAsync($"{bundle}/config.json", TestContext.Current.CancellationToken), OciJson.Default.OciSpec)!;
        Assert.Equal(["/bin/web"], spec.Process.Args);
        Assert.Equal((42, $"/kubepods/burstable/pod0f5c-77/{TestRequests.Container}"), (created.Pid, created.CgroupPath));
        Assert.True(Directory.Exists(request.IoDirectory));
    }

    [Fact]
    public async Task CreateAsync_Terminal_HasAConsoleSocket()
    {
        using OciRuntimes runtimes = await _fixture.OpenAsync();

        await runtimes.Get("").CreateAsync(_fixture.Creation with { Spec = TestRequests.Spec with { Tty = true } }, CancellationToken.None);

        CreateRequest request = Assert.Single(_fixture.Keeper.Creates);
        Assert.True(request.Terminal);
        Assert.Equal(request.ConsoleSocket, request.Command[request.Command.ToList().IndexOf("--console-socket") + 1]);
    }

    [Fact]
    public async Task CreateAsync_RuntimeFails_TellsItsErrorAndCleansUp()
    {
        using OciRuntimes runtimes = await _fixture.OpenAsync();
        _fixture.Programs.Requests.Clear();
        _fixture.Keeper.OnCreate = static request =>
        {
            File.WriteAllText($"{request.BundleDirectory}/runtime.log", """{"level":"error","msg":"no more room"}""");
            return new SpawnResult(1, 0, 0);
        };

        CridException exception = await Assert.ThrowsAsync<CridException>(() => runtimes.Get("oci").CreateAsync(_fixture.Creation, CancellationToken.None));

        Assert.Equal(ErrorKind.FailedPrecondition, exception.Kind);
        Assert.EndsWith("handler 'oci': no more room", exception.Message, StringComparison.Ordinal);
        Assert.Equal(["delete", "--force", TestRequests.Container.Value], Assert.Single(_fixture.Programs.Requests).Arguments.TakeLast(3));
        Assert.Equal([TestRequests.Container.Value], _fixture.Keeper.Forgotten);
    }

    [Fact]
    public async Task DeleteAsync_ADeleteWasKilledHalfWay_GetsItsConfigBack()
    {
        using OciRuntimes runtimes = await _fixture.OpenAsync();
        await runtimes.Get("oci").CreateAsync(_fixture.Creation, CancellationToken.None);
        string state = $"{_fixture.Directories.Runtimes}/oci/{TestRequests.Container.Value}";
        Directory.CreateDirectory(state);
        await File.WriteAllTextAsync($"{state}/status", "{}", TestContext.Current.CancellationToken);
        string? config = null;
        _fixture.Programs.OnRun = _ =>
        {
            config = File.Exists($"{state}/config.json") ? File.ReadAllText($"{state}/config.json") : null;
            return config is null ? FakePrograms.Failure("error loading config.json") : new ProgramResult(0, [], []);
        };

        await runtimes.Get("oci").DeleteAsync(TestRequests.Container, CancellationToken.None);

        Assert.Equal(await File.ReadAllTextAsync($"{_fixture.Creation.BundleDirectory}/config.json", TestContext.Current.CancellationToken), config);
        Assert.False(Directory.Exists(state));
    }

    [Fact]
    public async Task DeleteAsync_RuntimeFailsForAnotherReason_IsToldOnce()
    {
        using OciRuntimes runtimes = await _fixture.OpenAsync();
        _fixture.Programs.Requests.Clear();
        _fixture.Programs.OnRun = static _ => FakePrograms.Failure("device or resource busy");

        CridException exception = await Assert.ThrowsAsync<CridException>(() => runtimes.Get("oci").DeleteAsync(TestRequests.Container, CancellationToken.None));

        Assert.EndsWith("device or resource busy", exception.Message, StringComparison.Ordinal);
        Assert.Single(_fixture.Programs.Requests);
    }

    [Fact]
    public async Task CreateAsync_VolumeThatDoesNotAnswer_CanBeGivenUpAndMakesNothingLater()
    {
        FakeHostFiles files = new();
        using OciRuntimes runtimes = await _fixture.OpenAsync(files: files);
        ContainerCreation creation = _fixture.Creation with
        {
            Spec = TestRequests.Spec with { Mounts = [new MountSpec { ContainerPath = "/data", HostPath = "/nfs" }] },
            Image = new ImageConfig { Config = new ImageExecutionConfig { Volumes = new Dictionary<string, JsonElement> { ["/volume"] = default } } },
        };
        files.Answers.Reset();
        using CancellationTokenSource attempt = new();

        Task<CreatedContainer> create = Task.Run(() => runtimes.Get("oci").CreateAsync(creation, attempt.Token), CancellationToken.None);
        await attempt.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => create.WaitAsync(TimeSpan.FromSeconds(20), CancellationToken.None));
        files.Answers.Set();
        await Task.Delay(50, TestContext.Current.CancellationToken);

        Assert.Empty(files.MadeDirectories);
        Assert.Empty(_fixture.Keeper.Creates);
    }

    [Fact]
    public async Task CreateAsync_KeeperAway_CleansUpAndSaysSo()
    {
        using OciRuntimes runtimes = await _fixture.OpenAsync();
        _fixture.Keeper.OnCreate = static _ => throw new CridException(ErrorKind.Unavailable, "the keeper is away");

        CridException exception = await Assert.ThrowsAsync<CridException>(() => runtimes.Get("oci").CreateAsync(_fixture.Creation, CancellationToken.None));

        Assert.Equal(ErrorKind.Unavailable, exception.Kind);
        Assert.Equal([TestRequests.Container.Value], _fixture.Keeper.Forgotten);
    }

    [Fact]
    public async Task StartAsync_RuntimeFails_TellsItsError()
    {
        using OciRuntimes runtimes = await _fixture.OpenAsync();
        _fixture.Programs.OnRun = static _ => FakePrograms.Failure("container does not exist");

        CridException exception = await Assert.ThrowsAsync<CridException>(() => runtimes.Get("oci").StartAsync(TestRequests.Container, CancellationToken.None));

        Assert.Equal($"start container '{TestRequests.Container.Short}': container does not exist", exception.Message);
    }

    [Fact]
    public async Task UpdateAsync_Limits_AreSentAsResources()
    {
        using OciRuntimes runtimes = await _fixture.OpenAsync();

        await runtimes.Get("oci").UpdateAsync(TestRequests.Container, new ResourcesSpec { CpuShares = 7, MemoryLimitInBytes = 1000 }, CancellationToken.None);

        Assert.Equal(["update", "--resources", "-", TestRequests.Container.Value], _fixture.Programs.Requests[^1].Arguments.TakeLast(4));
        Assert.Equal("""{"cpu":{"shares":7},"memory":{"limit":1000,"swap":1000}}""", Encoding.UTF8.GetString(_fixture.Programs.Requests[^1].Input.Span));
    }

    [Theory]
    [InlineData("crun", "", CgroupDriver.Systemd, 0, """{"cpu":{"quota":819200000,"period":100000}}""")]
    [InlineData("crun", "", CgroupDriver.Systemd, 50000, """{"cpu":{"quota":409600000,"period":50000}}""")]
    [InlineData("other", """{"annotations":{"run.oci.crun.version":"1.21"}}""", CgroupDriver.Systemd, 0, """{"cpu":{"quota":819200000,"period":100000}}""")]
    [InlineData("crun", """{"annotations":{"run.oci.crun.version":"1.21"}}""", CgroupDriver.Cgroupfs, 0, """{"cpu":{"quota":-1}}""")]
    [InlineData("runc", """{"annotations":{}}""", CgroupDriver.Systemd, 50000, """{"cpu":{"quota":-1,"period":50000}}""")]
    public async Task UpdateAsync_NoQuota_IsANumberForCrunWithSystemd(string program, string features, CgroupDriver driver, long period, string expected)
    {
        _fixture.Programs.OnRun = _ => new ProgramResult(features.Length == 0 ? 1 : 0, Encoding.UTF8.GetBytes(features), []);
        using OciRuntimes runtimes = await _fixture.OpenAsync(new RuntimesOptions
        {
            Handlers = [new RuntimeHandlerOptions { Name = "oci", Path = $"/usr/bin/{program}" }],
            CgroupDriver = driver,
        });
        _fixture.Programs.OnRun = static _ => new ProgramResult(0, [], []);

        await runtimes.Get("oci").UpdateAsync(TestRequests.Container, new ResourcesSpec { CpuQuota = -1, CpuPeriod = period }, CancellationToken.None);

        Assert.Equal(expected, Encoding.UTF8.GetString(_fixture.Programs.Requests[^1].Input.Span));
    }

    [Fact]
    public async Task ExecSyncAsync_Command_InheritsTheProcessAndReturnsItsOutput()
    {
        using OciRuntimes runtimes = await _fixture.OpenAsync();
        await runtimes.Get("oci").CreateAsync(_fixture.Creation, CancellationToken.None);
        OciProcess? process = null;
        _fixture.Keeper.OnExec = request =>
        {
            process = JsonSerializer.Deserialize(File.ReadAllBytes(request.Command[request.Command.ToList().IndexOf("--process") + 1]), OciJson.Default.OciProcess);
            FakeKeeper.Write(request.Stdout, "out");
            FakeKeeper.Write(request.Stderr, "err");
            _fixture.Keeper.Exit(request.Id, 9);
            return new SpawnResult(0, int.MaxValue, 7);
        };

        ExecSyncResult result = await runtimes.Get("oci").ExecSyncAsync(TestRequests.Container, ["cat", "x"], TimeSpan.FromSeconds(5), CancellationToken.None);

        Assert.Equal(("out", "err", 9), (Encoding.UTF8.GetString(result.Stdout), Encoding.UTF8.GetString(result.Stderr), result.ExitStatus));
        Assert.Equal(["cat", "x"], process!.Args);
        Assert.Equal("/srv", process.Cwd);
        Assert.Contains("HOSTNAME=shop-1", process.Env!);
        Assert.Equal([_fixture.Keeper.Execs[0].Id], _fixture.Keeper.Forgotten);
        Assert.Empty(Directory.EnumerateFiles(_fixture.Creation.BundleDirectory, "exec-*"));
    }

    [Fact]
    public async Task ExecSyncAsync_ChildKeepsTheOutputOpen_IsNotWaitedFor()
    {
        using OciRuntimes runtimes = await _fixture.OpenAsync();
        await runtimes.Get("oci").CreateAsync(_fixture.Creation, CancellationToken.None);
        SafeFileHandle? ofChild = null;
        _fixture.Keeper.OnExec = request =>
        {
            ofChild = Crid.Linux.Descriptor.Duplicate(request.Stdout!);
            FakeKeeper.Write(ofChild, "started");
            _fixture.Keeper.Exit(request.Id, 0);
            return new SpawnResult(0, int.MaxValue, 7);
        };

        ExecSyncResult result = await runtimes.Get("oci").ExecSyncAsync(TestRequests.Container, ["daemon"], timeout: null, CancellationToken.None);

        Assert.Equal(("started", 0), (Encoding.UTF8.GetString(result.Stdout), result.ExitStatus));
        Assert.Throws<LinuxException>(() => FakeKeeper.Write(ofChild, "later"));
        ofChild!.Dispose();
    }

    [Fact]
    public async Task ExecSyncAsync_AfterARestart_ReadsTheProcessFromTheBundle()
    {
        using (OciRuntimes before = await _fixture.OpenAsync())
        {
            await before.Get("oci").CreateAsync(_fixture.Creation, CancellationToken.None);
        }

        using OciRuntimes runtimes = await _fixture.OpenAsync();
        _fixture.Keeper.OnExec = request =>
        {
            _fixture.Keeper.Exit(request.Id, 0);
            return new SpawnResult(0, int.MaxValue, 7);
        };

        ExecSyncResult result = await runtimes.Get("oci").ExecSyncAsync(TestRequests.Container, ["true"], timeout: null, CancellationToken.None);

        Assert.Equal(0, result.ExitStatus);
    }

    [Fact]
    public async Task ExecSyncAsync_NobodyKnowsTheStatus_IsUnavailableRatherThanAStatus()
    {
        using OciRuntimes runtimes = await _fixture.OpenAsync();
        await runtimes.Get("oci").CreateAsync(_fixture.Creation, CancellationToken.None);
        _fixture.Keeper.OnExec = request =>
        {
            _fixture.Keeper.Exit(request.Id, ProcessExit.Unknown);
            return new SpawnResult(0, int.MaxValue, 7);
        };

        CridException exception = await Assert.ThrowsAsync<CridException>(
            () => runtimes.Get("oci").ExecSyncAsync(TestRequests.Container, ["true"], timeout: null, CancellationToken.None));

        Assert.Equal(ErrorKind.Unavailable, exception.Kind);
        Assert.Equal([_fixture.Keeper.Execs[0].Id], _fixture.Keeper.Forgotten);
    }

    [Fact]
    public async Task ExecSyncAsync_RuntimeFails_TellsItsError()
    {
        using OciRuntimes runtimes = await _fixture.OpenAsync();
        await runtimes.Get("oci").CreateAsync(_fixture.Creation, CancellationToken.None);
        _fixture.Keeper.OnExec = static request =>
        {
            File.WriteAllText(request.Command[request.Command.ToList().IndexOf("--log") + 1], """{"level":"error","msg":"container not running"}""");
            return new SpawnResult(255, 0, 0);
        };

        CridException exception = await Assert.ThrowsAsync<CridException>(
            () => runtimes.Get("oci").ExecSyncAsync(TestRequests.Container, ["true"], timeout: null, CancellationToken.None));

        Assert.Equal(ErrorKind.FailedPrecondition, exception.Kind);
        Assert.EndsWith("container not running", exception.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(_fixture.Creation.BundleDirectory, "exec-*"));
    }

    [Fact]
    public async Task ExecAsync_Pipes_CarryTheStreamsOfTheClient()
    {
        using OciRuntimes runtimes = await _fixture.OpenAsync();
        await runtimes.Get("oci").CreateAsync(_fixture.Creation, CancellationToken.None);
        SafeFileHandle? stdin = null;
        _fixture.Keeper.OnExec = request =>
        {
            stdin = Crid.Linux.Descriptor.Duplicate(request.Stdin!);
            FakeKeeper.Write(request.Stdout, "out");
            FakeKeeper.Write(request.Stderr, "err");
            return new SpawnResult(0, Environment.ProcessId, ProcessStat.Find(Environment.ProcessId)!.Value.StartTimeTicks);
        };
        MemoryStream stdout = new();
        MemoryStream stderr = new();
        ProcessStreams streams = new() { Stdin = new MemoryStream("in"u8.ToArray()), Stdout = stdout, Stderr = stderr };

        Task<int> running = runtimes.Get("oci").ExecAsync(TestRequests.Container, ["cat"], terminal: false, streams, CancellationToken.None);
        using DescriptorReader reader = new(_fixture.Loop, stdin!);
        byte[] input = new byte[10];
        int count = await reader.ReadAsync(input, CancellationToken.None);
        int end = await reader.ReadAsync(input.AsMemory(count), CancellationToken.None);
        _fixture.Keeper.Exit(_fixture.Keeper.Execs[0].Id, 9);

        Assert.Equal(9, await running);
        Assert.Equal(("in", 0), (Encoding.UTF8.GetString(input, 0, count), end));
        Assert.Equal(("out", "err"), (Encoding.UTF8.GetString(stdout.ToArray()), Encoding.UTF8.GetString(stderr.ToArray())));
        Assert.Equal([_fixture.Keeper.Execs[0].Id], _fixture.Keeper.Forgotten);
    }

    [Fact]
    public async Task ExecAsync_TerminalThatTheRuntimeDoesNotSend_IsAnError()
    {
        using OciRuntimes runtimes = await _fixture.OpenAsync();
        await runtimes.Get("oci").CreateAsync(_fixture.Creation, CancellationToken.None);

        CridException exception = await Assert.ThrowsAsync<CridException>(() => runtimes.Get("oci").ExecAsync(
            TestRequests.Container, ["sh"], terminal: true, new ProcessStreams { Stdout = new MemoryStream() }, CancellationToken.None));

        Assert.Equal(ErrorKind.FailedPrecondition, exception.Kind);
        Assert.Contains("--console-socket", _fixture.Keeper.Execs[0].Command);
        Assert.Empty(Directory.EnumerateFiles(_fixture.Creation.BundleDirectory, "t*"));
    }

    [Fact]
    public async Task ExecSyncAsync_NoSuchContainer_IsNotFound()
    {
        using OciRuntimes runtimes = await _fixture.OpenAsync();

        CridException exception = await Assert.ThrowsAsync<CridException>(
            () => runtimes.Get("oci").ExecSyncAsync(ContainerId.New(), ["true"], timeout: null, CancellationToken.None));

        Assert.Equal(ErrorKind.NotFound, exception.Kind);
    }
}
