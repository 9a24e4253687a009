using Crid.Core;
using Crid.Oci;
using CsCheck;

namespace Crid.Runtimes.Tests;

public sealed class CdiInjectionTests
{
    private static readonly Gen<CdiEdits> Edits = Gen.Select(
        Pick.Of("A=1", "A=2", "PATH=/x", "B=").Array[0, 3],
        Pick.Of("/dev/fuse", "/dev/x", "/dev/vda").Array[0, 3],
        Pick.Of("/lib", "/lib/gpu", "/etc/hosts", "/dev/shm").Array[0, 3],
        Gen.UInt[0, 3].Array[0, 3],
        static (env, nodes, mounts, groups) => new CdiEdits
        {
            Env = env,
            DeviceNodes = [.. nodes.Select(static path => new CdiDeviceNode { Path = path, Type = "c", Major = 1, Minor = 2 })],
            Mounts = [.. mounts.Select(static (path, index) => new CdiMount { HostPath = $"/host/{index}", ContainerPath = path })],
            AdditionalGids = groups,
        });

    [Fact]
    public void Apply_AnyEdits_ReplaceByNameAndKeepTheRest() => Edits.List[1, 4].Sample(static all =>
    {
        OciSpec before = Build();

        OciSpec after = Build([.. all]);

        Assert.Equal(Last(before.Process.Env!.Concat(all.SelectMany(static edits => edits.Env)), NameOf), after.Process.Env!.ToDictionary(NameOf));
        Assert.Equal(
            Last(before.Mounts!.Select(static mount => (mount.Destination, mount.Source)).Concat(all.SelectMany(static edits => edits.Mounts).Select(static mount => (mount.ContainerPath, mount.HostPath))), static mount => mount.Item1),
            after.Mounts!.Select(static mount => (mount.Destination, mount.Source)).ToDictionary(static mount => mount.Destination));
        Assert.Equal(after.Mounts!.Select(static mount => ContainerPath.Depth(mount.Destination)).Order(), after.Mounts!.Select(static mount => ContainerPath.Depth(mount.Destination)));
        Assert.Equal(all.SelectMany(static edits => edits.DeviceNodes).Select(static node => node.Path).Distinct(), (after.Linux.Devices ?? []).Select(static device => device.Path));
        Assert.Equal(before.Linux.Resources.Devices!.Count + all.Sum(static edits => edits.DeviceNodes.Count), after.Linux.Resources.Devices!.Count);
        Assert.Equal(after.Process.User.AdditionalGids!.Distinct(), after.Process.User.AdditionalGids!);
        Assert.Equal(all.SelectMany(static edits => edits.AdditionalGids).Append(0u).ToHashSet(), after.Process.User.AdditionalGids!.ToHashSet());
    });

    [Fact]
    public void Apply_NoDevices_ChangesNothing() =>
        Assert.Equivalent(TestRequests.Build(TestRequests.Creation), Build(), strict: true);

    [Fact]
    public void Apply_NodeOfAPrivilegedContainer_AddsNoRule()
    {
        CdiEdits edits = new() { DeviceNodes = [new CdiDeviceNode { Path = "/dev/fuse" }] };

        OciSpec spec = TestRequests.Build(TestRequests.Privileged(TestRequests.Creation), cdi: [edits]);

        Assert.Single(spec.Linux.Resources.Devices!);
        Assert.Single(spec.Linux.Devices!, static device => device.Path == "/dev/fuse");
    }

    [Fact]
    public void Apply_NodeOfAnotherUser_BelongsToIt()
    {
        CdiEdits edits = new() { DeviceNodes = [new CdiDeviceNode { Path = "/dev/fuse" }, new CdiDeviceNode { Path = "/dev/vda", Uid = 0, Gid = 7, FileMode = 0x180 }] };

        OciSpec spec = TestRequests.Build(TestRequests.Creation, user: new ResolvedUser(1000, 2000, [2000]), cdi: [edits]);

        Assert.Equal(
            [("/dev/fuse", "c", 10, 1000u, 2000u, 0x1B6u), ("/dev/vda", "b", 254, 0u, 7u, 0x180u)],
            spec.Linux.Devices!.Select(static device => (device.Path, device.Type, device.Major, device.Uid!.Value, device.Gid!.Value, device.FileMode!.Value)));
    }

    [Theory]
    [InlineData("/missing/gpu", "c", 195L, null, "c", 195, 0)] // minor number 0 is left out by writers in Go
    [InlineData("/missing/gpu", "u", 195L, 3L, "c", 195, 3)]
    [InlineData("/missing/gpu", "p", null, null, "p", 0, 0)]
    [InlineData("/dev/fuse", "c", 195L, null, "c", 195, 0)]
    [InlineData("/dev/fuse", "", 195L, null, "c", 195, 0)]
    [InlineData("/dev/fuse", "c", null, null, "c", 10, 229)]
    [InlineData("/dev/fuse", "c", 0L, 0L, "c", 10, 229)]
    public void Apply_NodeWithAndWithoutNumbers_LooksOnTheHostOnlyForWhatItNeeds(
        string hostPath, string type, long? major, long? minor, string expectedType, int expectedMajor, int expectedMinor)
    {
        CdiEdits edits = new() { DeviceNodes = [new CdiDeviceNode { Path = "/dev/gpu0", HostPath = hostPath, Type = type, Major = major, Minor = minor }] };

        OciDevice device = Assert.Single(Build(edits).Linux.Devices!);

        Assert.Equal((expectedType, expectedMajor, expectedMinor), (device.Type, (int)device.Major, (int)device.Minor));
    }

    [Theory]
    [InlineData("c", null)]
    [InlineData("c", 0L)]
    [InlineData("", 195L)]
    public void Apply_NodeThatNeedsTheHost_IsRefusedWhereItHasNone(string type, long? major)
    {
        CdiEdits edits = new() { DeviceNodes = [new CdiDeviceNode { Path = "/dev/gpu0", HostPath = "/missing/gpu", Type = type, Major = major }] };

        Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<CridException>(() => Build(edits)).Kind);
    }

    public static TheoryData<string, ErrorKind, string> Refused => new()
    {
        { "missing", ErrorKind.InvalidArgument, "'/missing/x' does not exist on the host" },
        { "other type", ErrorKind.InvalidArgument, "'/dev/fuse' has type c and not b" },
        { "no device", ErrorKind.InvalidArgument, "'/dev/snd' is not a device" },
        { "rdt", ErrorKind.Unimplemented, "Intel RDT" },
        { "network device", ErrorKind.Unimplemented, "can't move network devices" },
        { "root mount", ErrorKind.InvalidArgument, "on the root" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void Apply_WhatCannotBeHad_NamesTheDeviceAndWhy(string what, ErrorKind kind, string expected)
    {
        CdiEdits edits = what switch
        {
            "missing" => new CdiEdits { DeviceNodes = [new CdiDeviceNode { Path = "/dev/x", HostPath = "/missing/x" }] },
            "other type" => new CdiEdits { DeviceNodes = [new CdiDeviceNode { Path = "/dev/fuse", Type = "b" }] },
            "no device" => new CdiEdits { DeviceNodes = [new CdiDeviceNode { Path = "/dev/snd" }] },
            "rdt" => new CdiEdits { IntelRdt = new CdiIntelRdt { ClosId = "x" } },
            "network device" => new CdiEdits { NetDevices = [new CdiNetworkDevice { HostInterfaceName = "eth1", Name = "rdma0" }] },
            _ => new CdiEdits { Mounts = [new CdiMount { HostPath = "/x", ContainerPath = "/.." }] },
        };

        CridException exception = Assert.Throws<CridException>(() => Build(edits));

        Assert.Equal(kind, exception.Kind);
        Assert.StartsWith("CDI device 'vendor.com/gpu=0': ", exception.Message, StringComparison.Ordinal);
        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }

    private static OciSpec Build(params CdiEdits[] edits) => TestRequests.Build(TestRequests.Creation, cdi: edits);

    private static string NameOf(string variable) => variable[..variable.IndexOf('=', StringComparison.Ordinal)];

    private static Dictionary<string, T> Last<T>(IEnumerable<T> items, Func<T, string> key) =>
        items.GroupBy(key).ToDictionary(static group => group.Key, static group => group.Last());
}
