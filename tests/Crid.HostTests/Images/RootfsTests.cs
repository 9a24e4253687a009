using Crid.Core;
using Crid.Images;
using Crid.Linux;
using Crid.Testing;

namespace Crid.HostTests;

public sealed class RootfsTests
{
    private static readonly byte[] Base = new TarBuilder()
        .AddDirectory("etc", modified: 1).AddFile("etc/passwd", "root", user: 0, modified: 2).AddFile("etc/gone", "x")
        .AddDirectory("usr", modified: 3).AddDirectory("usr/lib", mode: 0x1C0, user: 7, group: 8, modified: 4).AddFile("usr/lib/old", "old", mode: 0x9ED)
        .AddSymbolicLink("lib", "usr/lib").AddDirectory("cache").AddFile("cache/a", "a").AddDirectory("cache/sub").AddFile("cache/sub/b", "b")
        .AddDirectory("dev").AddDevice('3', "dev/null", 1, 3).AddEntry('6', "dev/fifo"u8.ToArray(), [])
        .Build();

    [Fact]
    public async Task PullAsync_CompleteLayers_MakeTheTreeThatUmociMakes()
    {
        HostRequirements.Require("/usr/bin/docker-registry", "/usr/bin/umoci", "/usr/bin/skopeo");
        await using ImageLab lab = await ImageLab.StartAsync();
        byte[] top = new TarBuilder()
            .AddDirectory("etc", modified: 5).AddFile("etc/.wh.gone", "").AddFile("etc/passwd", "changed", mode: 0x180, user: 1, group: 2, modified: 6)
            .AddHardLink("etc/passwd-", "etc/passwd").AddDirectory("cache", modified: 7).AddFile("cache/.wh..wh..opq", "").AddFile("cache/new", "n")
            .Build();

        Image image = await lab.PushAndPullAsync("complete", Base, top);

        await AssertEqualsUmociAsync(lab, image);
    }

    [Fact]
    public async Task PullAsync_LayerThatNeedsItsParents_SeesThem()
    {
        HostRequirements.Require("/usr/bin/docker-registry");
        await using ImageLab lab = await ImageLab.StartAsync();
        byte[] implicitParents = new TarBuilder()
            .AddFile("etc/motd", "hello").AddFile("lib/through-link", "x").AddFile("cache/.wh.a", "").AddHardLink("usr/lib/second", "usr/lib/old")
            .AddFile("new/deep/er", "y").Build();
        byte[] opaque = new TarBuilder().AddFile("usr/lib/.wh.old", "").AddFile("cache/.wh..wh..opq", "").AddFile("cache/only", "z").Build();

        Image image = await lab.PushAndPullAsync("dependent", Base, implicitParents, opaque);

        string rootfs = await PrepareAsync(lab, image, ContainerId.New());
        Assert.Equal("x", await File.ReadAllTextAsync($"{rootfs}/usr/lib/through-link"));
        Assert.Equal("old", await File.ReadAllTextAsync($"{rootfs}/usr/lib/second"));
        Assert.False(File.Exists($"{rootfs}/usr/lib/old"));
        Assert.Equal([$"{rootfs}/cache/only"], Directory.GetFileSystemEntries($"{rootfs}/cache"));
        Assert.Equal("y", await File.ReadAllTextAsync($"{rootfs}/new/deep/er"));
        Assert.Equal("700 7 8", (await LabProcess.RunAsync("/usr/bin/stat", "-c", "%a %u %g", $"{rootfs}/usr/lib")).Trim());
        Assert.DoesNotContain(Mounts.Read(), mount => mount.Mountpoint.StartsWith(lab.Directories.Temporary, StringComparison.Ordinal));
        Assert.Empty(Directory.GetFileSystemEntries(lab.Directories.Temporary));
    }

    [Fact]
    public async Task PullAsync_DependentLayerInAnotherStack_IsUnpackedForThatStack()
    {
        HostRequirements.Require("/usr/bin/docker-registry");
        await using ImageLab lab = await ImageLab.StartAsync();
        byte[] other = new TarBuilder().AddDirectory("etc", mode: 0x1C0, user: 5).Build();
        byte[] dependent = new TarBuilder().AddFile("etc/motd", "hello").Build();

        Image first = await lab.PushAndPullAsync("first", Base, dependent);
        Image second = await lab.PushAndPullAsync("second", other, dependent);

        string firstRoot = await PrepareAsync(lab, first, ContainerId.New());
        string secondRoot = await PrepareAsync(lab, second, ContainerId.New());
        Assert.Equal("755 0", (await LabProcess.RunAsync("/usr/bin/stat", "-c", "%a %u", $"{firstRoot}/etc")).Trim());
        Assert.Equal("700 5", (await LabProcess.RunAsync("/usr/bin/stat", "-c", "%a %u", $"{secondRoot}/etc")).Trim());
    }

    [Fact]
    public async Task PrepareAsync_Twice_MountsOnceAndRemoveLeavesNothing()
    {
        HostRequirements.Require("/usr/bin/docker-registry");
        await using ImageLab lab = await ImageLab.StartAsync();
        Image image = await lab.PushAndPullAsync("app", Base);
        ContainerId id = ContainerId.New();

        string rootfs = await PrepareAsync(lab, image, id);
        await PrepareAsync(lab, image, id);
        await File.WriteAllTextAsync($"{rootfs}/etc/written", "w");
        await lab.Images.RemoveAsync(image.Id.Value, CancellationToken.None);

        Assert.Single(Mounts.Read(), mount => mount.Mountpoint == rootfs);
        Assert.Equal("root", await File.ReadAllTextAsync($"{rootfs}/etc/passwd"));
        await lab.Images.RemoveAsync(id, rootfs, CancellationToken.None);
        await lab.Images.RemoveAsync(id, rootfs, CancellationToken.None);
        Assert.DoesNotContain(Mounts.Read(), mount => mount.Mountpoint == rootfs);
        Assert.Empty(Directory.GetFileSystemEntries(lab.Directories.Snapshots));
        Assert.Empty(Directory.GetFileSystemEntries(lab.Directories.Layers));
        CridException exception = await Assert.ThrowsAsync<CridException>(() => PrepareAsync(lab, image, ContainerId.New()));
        Assert.Equal(ErrorKind.NotFound, exception.Kind);
    }

    [Fact]
    public async Task RetainAsync_UnknownSnapshots_AreUnmountedAndRemoved()
    {
        HostRequirements.Require("/usr/bin/docker-registry");
        await using ImageLab lab = await ImageLab.StartAsync();
        Image image = await lab.PushAndPullAsync("app", Base);
        ContainerId live = ContainerId.New();
        string liveRoot = await PrepareAsync(lab, image, live);
        string orphanRoot = await PrepareAsync(lab, image, ContainerId.New());

        await lab.Images.RetainAsync(id => id == live, CancellationToken.None);

        Assert.True(File.Exists($"{liveRoot}/etc/passwd"));
        Assert.Empty(Directory.GetFileSystemEntries(orphanRoot));
        Assert.Single(Directory.GetFileSystemEntries(lab.Directories.Snapshots));
    }

    [Fact]
    public async Task Overlay_MoreLayersThanAPageHolds_IsMounted()
    {
        HostRequirements.Require("/usr/bin/docker-registry");
        await using ImageLab lab = await ImageLab.StartAsync();
        byte[][] archives = [.. Enumerable.Range(0, 120).Select(static i => new TarBuilder().AddFile($"file-{i}", "x").Build())];
        Image image = await lab.PushAndPullAsync("many", archives);

        string rootfs = await PrepareAsync(lab, image, ContainerId.New());

        Assert.Equal(120, Directory.GetFiles(rootfs).Length);
    }

    private static async Task<string> PrepareAsync(ImageLab lab, Image image, ContainerId id)
    {
        string rootfs = $"{lab.Directories.Container(id)}/rootfs";
        await lab.Images.PrepareAsync(id, image.Id, rootfs, CancellationToken.None);
        return rootfs;
    }

    private static async Task AssertEqualsUmociAsync(ImageLab lab, Image image)
    {
        string rootfs = await PrepareAsync(lab, image, ContainerId.New());
        string layout = $"{lab.Directory}/layout";
        await LabProcess.RunAsync("/usr/bin/skopeo", "copy", "--src-tls-verify=false", $"docker://{image.Tags[0]}", $"oci:{layout}:image");
        await LabProcess.RunAsync("/usr/bin/umoci", "unpack", "--image", $"{layout}:image", $"{lab.Directory}/bundle");

        Assert.Equal(await ListAsync($"{lab.Directory}/bundle/rootfs"), await ListAsync(rootfs));
    }

    private static async Task<string> ListAsync(string root)
    {
        string files = await LabProcess.RunAsync("/usr/bin/find", root, "-mindepth", "1", "-not", "-type", "d", "-printf", "%P %y %m %U %G %T@ %s %n %l\n");
        string directories = await LabProcess.RunAsync("/usr/bin/find", root, "-mindepth", "1", "-type", "d", "-printf", "%P %y %m %U %G %T@\n");
        return string.Join('\n', (files + directories).Split('\n').Order(StringComparer.Ordinal));
    }
}
