using Crid.Core;
using Crid.Linux;

namespace Crid.Runtimes.Tests;

/// <summary>A runtime handler "oci" over a fake keeper and fake programs, with directories of its own.</summary>
internal sealed class RuntimeFixture : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("rt-").FullName;

    public RuntimeFixture()
    {
        Directories = new CridDirectories($"{_directory}/lib", $"{_directory}/run");
        Directory.CreateDirectory(Directories.Container(TestRequests.Container));
        Directory.CreateDirectory($"{_directory}/rootfs");
    }

    public CridDirectories Directories { get; }

    public FakeKeeper Keeper { get; } = new();

    public FakePrograms Programs { get; } = new();

    /// <summary>What is logged.</summary>
    public FakeLogger Logger { get; } = new();

    public EventLoop Loop { get; } = new();

    public ContainerCreation Creation => TestRequests.Creation with
    {
        RootfsPath = $"{_directory}/rootfs",
        BundleDirectory = Directories.Container(TestRequests.Container),
    };

    public Task<OciRuntimes> OpenAsync(RuntimesOptions? options = null, IHostFiles? files = null) => OciRuntimes.OpenAsync(
        options ?? new RuntimesOptions
        {
            Handlers = [new RuntimeHandlerOptions { Name = "oci", Path = "/usr/bin/oci", Options = ["--debug"] }],
            CgroupDriver = CgroupDriver.Cgroupfs,
        },
        new RuntimeServices
        {
            Directories = Directories,
            Keeper = Keeper,
            Programs = Programs,
            EventLoop = Loop,
            Host = TestRequests.Host,
            Time = TimeProvider.System,
            Logger = Logger,
        },
        files ?? new HostFiles(),
        CancellationToken.None);

    public void Dispose()
    {
        Loop.Dispose();
        Directory.Delete(_directory, recursive: true);
    }
}
