using System.Text;
using Crid.Core;
using Crid.Keeper.Protocol;
using Crid.Linux;

namespace Crid.Runtimes.Tests;

public sealed class OciRuntimesTests : IDisposable
{
    private static readonly RuntimesOptions Two = new()
    {
        DefaultHandler = "second",
        Handlers = [new RuntimeHandlerOptions { Name = "first", Path = "/bin/first" }, new RuntimeHandlerOptions { Name = "second", Path = "/bin/second" }],
        CgroupDriver = CgroupDriver.Systemd,
    };

    private readonly RuntimeFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task OpenAsync_Handlers_ListsTheDefaultUnderTheEmptyNameWithItsFeatures()
    {
        _fixture.Programs.OnRun = static request => request.Path == "/bin/second"
            ? new ProgramResult(0, Encoding.UTF8.GetBytes("""{"ociVersionMax":"1.1","mountOptions":["ro","rro"],"linux":{}}"""), [])
            : FakePrograms.Failure("unknown command features");

        using OciRuntimes runtimes = await _fixture.OpenAsync(Two);

        Assert.Equal(
            [new RuntimeHandler("", true, false), new RuntimeHandler("first", false, false), new RuntimeHandler("second", true, false)],
            runtimes.Handlers);
        Assert.Same(runtimes.Get("second"), runtimes.Get(""));
        Assert.Equal("second", runtimes.DefaultHandler);
        Assert.Equal(CgroupDriver.Systemd, runtimes.CgroupDriver);
        Assert.All(_fixture.Programs.Requests, static request => Assert.Contains("--systemd-cgroup", request.Arguments));
    }

    [Theory]
    [InlineData("""{"linux":{"namespaces":["pid","user"],"mountExtensions":{"idmap":{"enabled":true}}}}""", true)]
    [InlineData("""{"linux":{"namespaces":["pid","user"],"mountExtensions":{"idmap":{"enabled":false}}}}""", false)]
    [InlineData("""{"linux":{"namespaces":["pid"],"mountExtensions":{"idmap":{"enabled":true}}}}""", false)]
    [InlineData("""{"linux":{"namespaces":["pid","user"]}}""", false)]
    public async Task OpenAsync_RuntimeWithIdMappedMounts_HasUserNamespaces(string features, bool expected)
    {
        _fixture.Programs.OnRun = _ => new ProgramResult(0, Encoding.UTF8.GetBytes(features), []);

        using OciRuntimes runtimes = await _fixture.OpenAsync(Two);

        Assert.All(runtimes.Handlers, handler => Assert.Equal(expected, handler.UserNamespaces));
    }

    [Fact]
    public async Task Calls_OfARuntime_MayTakeWhatTheOptionsSay()
    {
        TimeSpan timeout = TimeSpan.FromMinutes(17);
        using OciRuntimes runtimes = await _fixture.OpenAsync(Two with { CallTimeout = timeout, CgroupDriver = CgroupDriver.Cgroupfs });
        IOciRuntime runtime = runtimes.Get("first");
        _fixture.Programs.Requests.Clear();
        _fixture.Keeper.OnExec = request =>
        {
            _fixture.Keeper.Exit(request.Id, 0);
            return new SpawnResult(0, int.MaxValue, 7);
        };

        await runtime.CreateAsync(_fixture.Creation, CancellationToken.None);
        await runtime.StartAsync(TestRequests.Container, CancellationToken.None);
        await runtime.UpdateAsync(TestRequests.Container, new ResourcesSpec { CpuShares = 7 }, CancellationToken.None);
        await runtime.ExecSyncAsync(TestRequests.Container, ["true"], timeout: null, CancellationToken.None);
        await runtime.DeleteAsync(TestRequests.Container, CancellationToken.None);

        Assert.Equal([timeout, timeout, timeout], _fixture.Programs.Requests.Select(static request => request.Timeout));
        Assert.Equal((timeout, timeout), (_fixture.Keeper.Creates[0].Timeout, _fixture.Keeper.Execs[0].Timeout));
    }

    [Theory]
    [InlineData("org.opencontainers.runc.version", "1.1.5+ds1", "is runc 1.1.5+ds1: escapes from containers are fixed in 1.3.6, 1.4.3, 1.5.0 and later;")]
    [InlineData("run.oci.crun.version", "1.21", "is crun 1.21: escapes from containers are fixed in 1.28.0 and later;")]
    public async Task OpenAsync_RuntimeWithoutFixes_IsWarnedOfOnceForEachHandler(string annotation, string version, string expected)
    {
        _fixture.Programs.OnRun = _ => new ProgramResult(0, Encoding.UTF8.GetBytes($$"""{"annotations": { "{{annotation}}": "{{version}}" } }"""), []);

        using OciRuntimes runtimes = await _fixture.OpenAsync(Two);

        Assert.Collection(
            _fixture.Logger.Warnings.Order(StringComparer.Ordinal),
            first => Assert.StartsWith($"runtime handler first {expected}", first, StringComparison.Ordinal),
            second => Assert.StartsWith($"runtime handler second {expected}", second, StringComparison.Ordinal));
        Assert.Equal(2, _fixture.Programs.Requests.Count);
    }

    [Theory]
    [InlineData("org.opencontainers.runc.version", "1.3.6")]
    [InlineData("run.oci.crun.version", "1.28")]
    [InlineData("example.org/runtime.version", "0.1")]
    [InlineData("run.oci.crun.version", "UNKNOWN")]
    public async Task OpenAsync_RuntimeWithFixesOrOfNoKnownVersion_IsNotWarnedOf(string annotation, string version)
    {
        _fixture.Programs.OnRun = _ => new ProgramResult(0, Encoding.UTF8.GetBytes($$"""{"annotations": { "{{annotation}}": "{{version}}" } }"""), []);

        using OciRuntimes runtimes = await _fixture.OpenAsync(Two);

        Assert.Empty(_fixture.Logger.Warnings);
    }

    [Fact]
    public async Task Get_UnknownHandler_IsInvalid()
    {
        using OciRuntimes runtimes = await _fixture.OpenAsync(Two);

        Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<CridException>(() => runtimes.Get("third")).Kind);
    }

    [Fact]
    public async Task OpenAsync_DefaultThatIsNoHandler_IsInvalid()
    {
        CridException exception = await Assert.ThrowsAsync<CridException>(() => _fixture.OpenAsync(Two with { DefaultHandler = "third" }));

        Assert.Equal(ErrorKind.InvalidArgument, exception.Kind);
    }

    [Fact]
    public async Task OpenAsync_RuntimeThatIsMissing_IsListed()
    {
        _fixture.Programs.OnRun = static request => throw new LinuxException("posix_spawn", request.Path, 2);

        using OciRuntimes runtimes = await _fixture.OpenAsync(Two);

        CridException exception = await Assert.ThrowsAsync<CridException>(() => runtimes.Get("first").StartAsync(TestRequests.Container, CancellationToken.None));
        Assert.Contains("/bin/first", exception.Message, StringComparison.Ordinal);
    }
}
