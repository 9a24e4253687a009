using Crid.Core;
using Crid.Oci;
using CsCheck;

namespace Crid.Runtimes.Tests;

public sealed class MountListTests
{
    private static readonly Gen<string> Path = Pick.Of("a", "dev", "sys", "etc", "hosts", "shm", "..", ".", "b").List[1, 4]
        .Select(static elements => "/" + string.Join('/', elements))
        .Where(static path => ContainerPath.Clean(path) != "/");

    [Fact]
    public void Build_AnyMounts_UniqueSortedAndAsRequested() => Path.List[0, 6].Sample(paths =>
    {
        List<MountSpec> mounts = [.. paths.Select(static (path, index) => new MountSpec { ContainerPath = path, HostPath = $"/src/{index}" })];

        IReadOnlyList<OciMount> result = TestRequests.Build(TestRequests.With(TestRequests.Spec with { Mounts = mounts })).Mounts!;

        Assert.Equal(result.Count, result.DistinctBy(static mount => mount.Destination).Count());
        Assert.Equal(result.OrderBy(static mount => ContainerPath.Depth(mount.Destination)).Select(static mount => mount.Destination), result.Select(static mount => mount.Destination));
        Assert.All(mounts.GroupBy(static mount => ContainerPath.Clean(mount.ContainerPath)), group =>
            Assert.Equal(group.Last().HostPath, result.Single(mount => mount.Destination == group.Key).Source));
        HashSet<string> requested = [.. mounts.Select(static mount => ContainerPath.Clean(mount.ContainerPath))];
        Assert.DoesNotContain(result, mount => requested.Contains("/dev") && mount.Type != "bind" && ContainerPath.IsBelow(mount.Destination, "/dev"));
    });

    [Fact]
    public void Build_MountThatCannotBe_Throws()
    {
        (MountSpec Mount, ErrorKind Kind)[] cases =
        [
            (new MountSpec { ContainerPath = "/a", HostPath = "/missing/x" }, ErrorKind.InvalidArgument),
            (new MountSpec { ContainerPath = "relative", HostPath = "/x" }, ErrorKind.InvalidArgument),
            (new MountSpec { ContainerPath = "/a/..", HostPath = "/x" }, ErrorKind.InvalidArgument),
            (new MountSpec { ContainerPath = "/a", Image = "busybox", Propagation = MountPropagation.Bidirectional }, ErrorKind.InvalidArgument),
            (new MountSpec { ContainerPath = "/a", Image = "busybox", UidMappings = [new IdMappingSpec(1, 0, 1)], GidMappings = [new IdMappingSpec(1, 0, 1)] }, ErrorKind.InvalidArgument),
            (new MountSpec { ContainerPath = "/", Image = "busybox" }, ErrorKind.InvalidArgument),
            (new MountSpec { ContainerPath = "/a", HostPath = "/x", UidMappings = [new IdMappingSpec(1, 0, 1)] }, ErrorKind.InvalidArgument),
            (new MountSpec { ContainerPath = "/a", HostPath = "/x", Options = ["suid"] }, ErrorKind.InvalidArgument),
            (new MountSpec { ContainerPath = "/a", HostPath = "/private", Propagation = MountPropagation.HostToContainer }, ErrorKind.InvalidArgument),
            (new MountSpec { ContainerPath = "/a", HostPath = "/slave", Propagation = MountPropagation.Bidirectional }, ErrorKind.InvalidArgument),
            (new MountSpec { ContainerPath = "/a", HostPath = "/x", RecursiveReadOnly = true }, ErrorKind.InvalidArgument),
            (new MountSpec { ContainerPath = "/a", HostPath = "/shared", ReadOnly = true, RecursiveReadOnly = true, Propagation = MountPropagation.Bidirectional }, ErrorKind.InvalidArgument),
            (new MountSpec { ContainerPath = "/a", HostPath = "/x", Propagation = (MountPropagation)9 }, ErrorKind.InvalidArgument),
        ];

        Assert.All(cases, test =>
        {
            CridException exception = Assert.Throws<CridException>(() => TestRequests.Build(TestRequests.With(TestRequests.Spec with { Mounts = [test.Mount] })));
            Assert.Equal(test.Kind, exception.Kind);
        });
    }

    [Fact]
    public void Build_RecursiveReadOnlyWithoutSupport_HasTheReasonOfTheApi()
    {
        ContainerCreation creation = TestRequests.With(TestRequests.Spec with
        {
            Mounts = [new MountSpec { ContainerPath = "/a", HostPath = "/x", ReadOnly = true, RecursiveReadOnly = true }],
        });
        SpecInput input = new() { Creation = creation, User = new ResolvedUser(0, 0, [0]), CgroupPath = "/x", RecursiveReadOnlyMounts = false, UserNamespaces = false };

        CridException exception = Assert.Throws<CridException>(() => new SpecBuilder(TestRequests.Host, new FakeHostFiles()).Build(input));

        Assert.Equal((ErrorKind.Unknown, "RROUnsupported"), (exception.Kind, exception.Reason));
    }

    [Fact]
    public void Build_IdMappingsWithoutSupport_IsUnimplemented()
    {
        IdMappingSpec[] mapping = [new IdMappingSpec(100000, 0, 65536)];
        ContainerCreation creation = TestRequests.With(TestRequests.Spec with
        {
            Mounts = [new MountSpec { ContainerPath = "/a", HostPath = "/x", UidMappings = mapping, GidMappings = mapping }],
        });
        SpecInput input = new() { Creation = creation, User = new ResolvedUser(0, 0, [0]), CgroupPath = "/x", RecursiveReadOnlyMounts = true, UserNamespaces = false };

        CridException exception = Assert.Throws<CridException>(() => new SpecBuilder(TestRequests.Host, new FakeHostFiles()).Build(input));

        Assert.Equal(ErrorKind.Unimplemented, exception.Kind);
    }

    [Fact]
    public void Build_VolumesOfTheImage_AreMadeInTheRootfsUnlessMounted()
    {
        FakeHostFiles files = new();
        ContainerCreation creation = TestRequests.With(TestRequests.Spec with { Mounts = [new MountSpec { ContainerPath = "/mine", HostPath = "/x" }] }) with
        {
            Image = new ImageConfig { Config = new ImageExecutionConfig { Volumes = new Dictionary<string, System.Text.Json.JsonElement> { ["/mine"] = default, ["/../../up/"] = default, ["/"] = default, ["/mine/below"] = default, ["/proc/own"] = default } } },
        };

        TestRequests.Build(creation, files: files);

        Assert.Equal(["/up"], files.MadeDirectories);
    }

    [Theory]
    [InlineData("/a//b/./c/", "/a/b/c")]
    [InlineData("/../../x/..", "/")]
    public void Clean_Path_HasPlainElements(string path, string expected) => Assert.Equal(expected, ContainerPath.Clean(path));
}
