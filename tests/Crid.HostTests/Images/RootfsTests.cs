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

    [Theory]
    [InlineData("gnu")]
    [InlineData("oldgnu")]
    [InlineData("posix")]
    [InlineData("posix --sparse-version=0.0")]
    [InlineData("posix --sparse-version=0.1")]
    public async Task PullAsync_ArchiveOfGnuTar_MakesTheTreeThatUmociMakes(string format)
    {
        HostRequirements.Require("/usr/bin/docker-registry", "/usr/bin/umoci", "/usr/bin/skopeo", "/bin/tar");
        await using ImageLab lab = await ImageLab.StartAsync();
        string tree = Directory.CreateDirectory($"{lab.Directory}/tree").FullName;
        bool attributes = format.StartsWith("posix", StringComparison.Ordinal);
        await LabProcess.RunAsync("/bin/sh", "-c", $$"""
            cd {{tree}} && mkdir -p sub/deep && printf x > sub/file && chown 12345:54321 sub/file && chmod 6755 sub/file && ln sub/file sub/hard && ln -s ../nowhere sub/soft
            printf y > "$(printf 'n\374me\nline')" && mkfifo fifo && mknod block b 8 0 && mknod char c 1 3 && truncate -s 20M holes && printf data | dd of=holes bs=1 seek=9000000 conv=notrunc 2> /dev/null
            printf end | dd of=holes bs=1 seek=20000000 conv=notrunc 2> /dev/null; touch -d '1969-06-01 00:00:00.25' sub/deep && touch -d '2199-01-01' sub/soft -h && chmod 1777 sub/deep
            """);
        using (Microsoft.Win32.SafeHandles.SafeFileHandle root = FileAt.OpenDirectory(tree))
        {
            FileMetadata.SetAttribute(root, "holes"u8, "user.bytes"u8, [0, 255, 10, 61]);
        }

        string options = attributes ? "--xattrs --xattrs-include=*" : "";
        await LabProcess.RunAsync("/bin/sh", "-c", $"cd {tree} && find . -mindepth 1 -print0 | sort -z | tar --format={format} {options} --sparse --no-recursion --null -T - -cf ../tree.tar");

        Image image = await lab.PushAndPullAsync("gnu", await File.ReadAllBytesAsync($"{lab.Directory}/tree.tar"));

        // umoci does not know the sparse files of GNU's own form: there tar itself says what is right.
        string rootfs = attributes ? await AssertEqualsUmociAsync(lab, image) : await AssertEqualsTarAsync(lab, image);
        Assert.Equal(await HashAsync($"{tree}/holes"), await HashAsync($"{rootfs}/holes"));
        using Microsoft.Win32.SafeHandles.SafeFileHandle unpacked = FileAt.OpenDirectory(rootfs);
        Assert.Equal(attributes ? [0, 255, 10, 61] : null, FileMetadata.FindAttribute(unpacked, "holes"u8, "user.bytes"u8));
        Assert.True(FileMetadata.FindStatus(unpacked, "holes"u8)!.Value.AllocatedBytes < 1 << 20);
        VerificationReport report = await lab.Images.VerifyAsync(repair: false, credentials: null, CancellationToken.None);
        Assert.Empty(report.Damage);
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

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task PullAsync_WhiteoutsBehindEntriesOfTheirLayer_HideTheLayersBelowAlone(bool merged)
    {
        HostRequirements.Require("/usr/bin/docker-registry");
        await using ImageLab lab = await ImageLab.StartAsync();
        TarBuilder top = merged ? new TarBuilder().AddFile("usr/lib/new", "n") : new TarBuilder();
        top.AddDirectory("cache").AddFile("cache/a", "own").AddFile("cache/.wh.a", "")
            .AddDirectory("cache/sub").AddFile("cache/sub/.wh..wh..opq", "").AddFile("cache/sub/own", "own").AddFile("cache/.wh.sub", "")
            .AddDirectory("dev").AddFile("dev/.wh..wh..opq", "").AddFile("dev", "file")
            .AddFile("own", "own").AddHardLink("linked", "own").AddFile(".wh.own", "")
            .AddHardLink("kept", "etc/gone").AddFile("etc/.wh.gone", "");

        Image image = await lab.PushAndPullAsync("whiteouts", Base, top.Build());

        string rootfs = await PrepareAsync(lab, image, ContainerId.New());
        Assert.Equal("own", await File.ReadAllTextAsync($"{rootfs}/cache/a"));
        Assert.Equal([$"{rootfs}/cache/sub/own"], Directory.GetFileSystemEntries($"{rootfs}/cache/sub"));
        Assert.Equal("file", await File.ReadAllTextAsync($"{rootfs}/dev"));
        Assert.Equal(("own", "own"), (await File.ReadAllTextAsync($"{rootfs}/own"), await File.ReadAllTextAsync($"{rootfs}/linked")));
        Assert.Equal([$"{rootfs}/etc/passwd"], Directory.GetFileSystemEntries($"{rootfs}/etc"));
        Assert.Equal("x", await File.ReadAllTextAsync($"{rootfs}/kept"));
        Assert.Empty((await lab.Images.VerifyAsync(repair: false, credentials: null, CancellationToken.None)).Damage);
    }

    [Fact]
    public async Task PullAsync_ManyLayersThatNeedTheirParents_BeginAgainOrWaitUntilTheyAreThere()
    {
        HostRequirements.Require("/usr/bin/docker-registry");
        await using ImageLab lab = await ImageLab.StartAsync();
        byte[][] dependent = [.. Enumerable.Range(0, 12).Select(static i => new TarBuilder().AddFile($"usr/lib/file{i}", "x").AddFile($"new/d{i}/f", new string('y', 300_000)).Build())];

        Image image = await lab.PushAndPullAsync("many", [Base, .. dependent]);

        string rootfs = await PrepareAsync(lab, image, ContainerId.New());
        Assert.Equal(13, Directory.GetFiles($"{rootfs}/usr/lib").Length);
        Assert.Equal(12, Directory.GetDirectories($"{rootfs}/new").Length);
        Assert.Equal("700 7 8", (await LabProcess.RunAsync("/usr/bin/stat", "-c", "%a %u %g", $"{rootfs}/usr/lib")).Trim());
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
        await lab.Images.PrepareAsync(id, image.Id, rootfs, owner: null, label: null, CancellationToken.None);
        return rootfs;
    }

    private static async Task<string> HashAsync(string file) => (await LabProcess.RunAsync("/usr/bin/sha256sum", file)).Split(' ')[0];

    private static async Task<string> AssertEqualsTarAsync(ImageLab lab, Image image)
    {
        string rootfs = await PrepareAsync(lab, image, ContainerId.New());
        string unpacked = Directory.CreateDirectory($"{lab.Directory}/unpacked").FullName;
        await LabProcess.RunAsync("/bin/tar", "--same-owner", "-xpf", $"{lab.Directory}/tree.tar", "-C", unpacked);

        Assert.Equal(await ListAsync(unpacked), await ListAsync(rootfs));
        return rootfs;
    }

    private static async Task<string> AssertEqualsUmociAsync(ImageLab lab, Image image)
    {
        string rootfs = await PrepareAsync(lab, image, ContainerId.New());
        string layout = $"{lab.Directory}/layout";
        await LabProcess.RunAsync("/usr/bin/skopeo", "copy", "--src-tls-verify=false", $"docker://{image.Tags[0]}", $"oci:{layout}:image");
        await LabProcess.RunAsync("/usr/bin/umoci", "unpack", "--image", $"{layout}:image", $"{lab.Directory}/bundle");

        Assert.Equal(await ListAsync($"{lab.Directory}/bundle/rootfs"), await ListAsync(rootfs));
        return rootfs;
    }

    private static async Task<string> ListAsync(string root)
    {
        string files = await LabProcess.RunAsync("/usr/bin/find", root, "-mindepth", "1", "-not", "-type", "d", "-printf", "%P %y %m %U %G %T@ %s %n %l\n");
        string directories = await LabProcess.RunAsync("/usr/bin/find", root, "-mindepth", "1", "-type", "d", "-printf", "%P %y %m %U %G %T@\n");
        return string.Join('\n', (files + directories).Split('\n').Order(StringComparer.Ordinal));
    }
}
