using Crid.Core;
using Crid.Images;
using Crid.Linux;
using Crid.Testing;

namespace Crid.HostTests;

/// <summary>Images as volumes, without containers.</summary>
public sealed class MountedImageTests
{
    private static readonly byte[] Base = new TarBuilder()
        .AddDirectory("data").AddFile("data/old", "old").AddFile("data/gone", "x").AddDirectory("data/deep").AddFile("data/deep/file", "deep")
        .AddSymbolicLink("latest", "data/deep").AddSymbolicLink("absolute", "/data").AddSymbolicLink("out", "../../../../../../../../etc").AddSymbolicLink("loop", "loop")
        .AddSymbolicLink("etc", "/").AddDevice('3', "null", 1, 3).AddFile("tool", "#!/bin/sh\n", mode: 0x9ED)
        .Build();

    private static readonly byte[] Top = new TarBuilder().AddDirectory("data").AddFile("data/.wh.gone", "").AddFile("data/new", "new").Build();

    [Fact]
    public async Task MountAsync_SeveralImages_AreReadOnlyAndOutliveTheirImages()
    {
        HostRequirements.Require("/usr/bin/docker-registry");
        await using ImageLab lab = await ImageLab.StartAsync();
        Image one = await lab.PushAndPullAsync("one", Base);
        Image two = await lab.PushAndPullAsync("two", Base, Top);
        Image none = await lab.PushAndPullAsync("none");
        ContainerId id = ContainerId.New();

        IReadOnlyList<string> paths = await MountAsync(lab, id, (two, ""), (one, "data"), (two, "latest"), (none, ""), (two, "/absolute/"));
        foreach (Image image in new[] { one, two, none })
        {
            await lab.Images.RemoveAsync(image.Id.Value, CancellationToken.None);
        }

        Assert.Equal(["deep", "new", "old"], NamesIn($"{paths[0]}/data"));
        Assert.Equal(["deep", "gone", "old"], NamesIn(paths[1]));
        Assert.Equal(["file"], NamesIn(paths[2]));
        Assert.Empty(NamesIn(paths[3]));
        Assert.Equal($"{paths[0]}/data", paths[4]);
        Assert.Equal(3, MountsOf(lab, id).Count);
        Assert.All(MountsOf(lab, id), static mount => Assert.Equal(["nodev", "nosuid", "ro"], mount.Options.Split(',').Where(static option => option != "relatime").Order(StringComparer.Ordinal)));
        Assert.Contains("Read-only file system", (await Assert.ThrowsAnyAsync<IOException>(() => File.WriteAllTextAsync($"{paths[1]}/written", ""))).Message, StringComparison.Ordinal);
        (int exitCode, _, _) = await Shell.RunAsync($"mount -o remount,rw {MountsOf(lab, id)[0].Mountpoint}");
        Assert.NotEqual(0, exitCode);

        await lab.Images.UnmountAsync(id, CancellationToken.None);
        await lab.Images.UnmountAsync(id, CancellationToken.None);
        AssertNothingIsLeft(lab, id);
        Assert.Empty(Directory.GetFileSystemEntries(lab.Directories.Layers));
    }

    [Theory]
    [InlineData("missing", "has no directory 'missing'")]
    [InlineData("data/old", "has no directory 'data/old'")]
    [InlineData("data/old/below", "has no directory")]
    [InlineData("data/gone", "has no directory")]
    [InlineData("null", "has no directory")]
    [InlineData("out/passwd", "has no directory")]
    [InlineData("loop", "Too many levels of symbolic links")]
    public async Task MountAsync_SubPathThatIsNoDirectory_HasTheReasonOfTheApi(string subPath, string message)
    {
        HostRequirements.Require("/usr/bin/docker-registry");
        await using ImageLab lab = await ImageLab.StartAsync();
        Image image = await lab.PushAndPullAsync("image", Base, Top);
        ContainerId id = ContainerId.New();

        CridException exception = await Assert.ThrowsAsync<CridException>(() => MountAsync(lab, id, (image, "data"), (image, subPath)));

        Assert.Equal("ImageVolumeMountFailed", exception.Reason);
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
        await lab.Images.UnmountAsync(id, CancellationToken.None);
        AssertNothingIsLeft(lab, id);
    }

    [Fact]
    public async Task MountAsync_SubPathWithLinksOutOfTheImage_StaysInTheImage()
    {
        HostRequirements.Require("/usr/bin/docker-registry");
        await using ImageLab lab = await ImageLab.StartAsync();
        Image image = await lab.PushAndPullAsync("image", Base);
        ContainerId id = ContainerId.New();

        IReadOnlyList<string> paths = await MountAsync(lab, id, (image, "out"), (image, "../../data"), (image, ""));

        Assert.Equal(paths[2], paths[0]);
        Assert.Equal($"{paths[2]}/data", paths[1]);
        await lab.Images.UnmountAsync(id, CancellationToken.None);
    }

    [Fact]
    public async Task MountAsync_Artifact_HasTheFilesOfAllItsBlobs()
    {
        HostRequirements.Require("/usr/bin/docker-registry");
        await using ImageLab lab = await ImageLab.StartAsync();
        Image artifact = await lab.PushAndPullAsync("artifact", Testing.TestImage.CreateArtifact(
            "application/vnd.example",
            Testing.TestImage.TitledBlob("weights/0.bin", "zero"),
            Testing.TestImage.TitledBlob("weights/1.bin", "one"),
            Testing.TestImage.TitledBlob("README", "read"),
            (Top, "application/vnd.oci.image.layer.v1.tar", [])));
        ContainerId id = ContainerId.New();

        IReadOnlyList<string> paths = await MountAsync(lab, id, (artifact, ""), (artifact, "weights"));
        await lab.Images.RemoveAsync(artifact.Id.Value, CancellationToken.None);

        Assert.Equal(["README", "data", "weights"], NamesIn(paths[0]));
        Assert.Equal(["0.bin", "1.bin"], NamesIn(paths[1]));
        Assert.Equal("onezeroread", string.Concat(new[] { $"{paths[1]}/1.bin", $"{paths[1]}/0.bin", $"{paths[0]}/README" }.Select(File.ReadAllText)));
        await lab.Images.UnmountAsync(id, CancellationToken.None);
        Assert.Empty(Directory.GetFileSystemEntries(lab.Directories.Layers));
    }

    [Fact]
    public async Task MountAsync_ImageThatIsGone_HoldsNothing()
    {
        HostRequirements.Require("/usr/bin/docker-registry");
        await using ImageLab lab = await ImageLab.StartAsync();
        Image image = await lab.PushAndPullAsync("image", Base);
        Image gone = await lab.PushAndPullAsync("gone", Top);
        await lab.Images.RemoveAsync(gone.Id.Value, CancellationToken.None);
        ContainerId id = ContainerId.New();

        CridException exception = await Assert.ThrowsAsync<CridException>(() => MountAsync(lab, id, (image, ""), (gone, "")));
        await lab.Images.RemoveAsync(image.Id.Value, CancellationToken.None);

        Assert.Equal((ErrorKind.NotFound, "ImageVolumeMountFailed"), (exception.Kind, exception.Reason));
        AssertNothingIsLeft(lab, id);
        Assert.Empty(Directory.GetFileSystemEntries(lab.Directories.Layers));
    }

    [Fact]
    public async Task UnmountAsync_WhatAnInterruptedMountLeft_IsRemovedAndLayersStayWhole()
    {
        HostRequirements.Require("/usr/bin/docker-registry");
        await using ImageLab lab = await ImageLab.StartAsync();
        Image image = await lab.PushAndPullAsync("image", Base);
        ContainerId id = ContainerId.New();
        IReadOnlyList<string> paths = await MountAsync(lab, id, (image, ""));
        string layer = $"{Assert.Single(Directory.GetDirectories(lab.Directories.Layers))}/fs";

        // As a kill leaves it between the mount of a mapped layer and that of the overlay, and one after an overlay was mounted twice.
        Directory.CreateDirectory($"{paths[0]}.lowers/0");
        Directory.CreateDirectory($"{paths[0]}.lowers/1");
        Mounts.Bind(layer, $"{paths[0]}.lowers/0");
        Mounts.Bind(layer, paths[0]);
        await lab.Images.UnmountAsync(id, CancellationToken.None);

        AssertNothingIsLeft(lab, id);
        Assert.True(File.Exists($"{layer}/data/old"));
    }

    [Fact]
    public async Task RetainAsync_ContainerThatDoesNotLive_LosesItsVolumes()
    {
        HostRequirements.Require("/usr/bin/docker-registry");
        await using ImageLab lab = await ImageLab.StartAsync();
        Image image = await lab.PushAndPullAsync("image", Base);
        (ContainerId live, ContainerId dead) = (ContainerId.New(), ContainerId.New());
        IReadOnlyList<string> paths = await MountAsync(lab, live, (image, "data"));
        await MountAsync(lab, dead, (image, ""));

        await lab.Images.RetainAsync(id => id == live, CancellationToken.None);
        await lab.Images.RemoveAsync(image.Id.Value, CancellationToken.None);

        AssertNothingIsLeft(lab, dead);
        Assert.Equal("old", await File.ReadAllTextAsync($"{paths[0]}/old"));
        await lab.Images.UnmountAsync(live, CancellationToken.None);
        Assert.Empty(Directory.GetFileSystemEntries(lab.Directories.Layers));
    }

    private static Task<IReadOnlyList<string>> MountAsync(ImageLab lab, ContainerId id, params (Image Image, string SubPath)[] volumes) =>
        lab.Images.MountAsync(id, [.. volumes.Select(static volume => new ImageVolume(volume.Image.Id, volume.SubPath))], owner: null, label: null, CancellationToken.None);

    private static List<MountInfo> MountsOf(ImageLab lab, ContainerId id) =>
        [.. Mounts.Read().Where(mount => mount.Mountpoint.StartsWith(lab.Directories.Container(id), StringComparison.Ordinal))];

    private static string?[] NamesIn(string directory) => [.. Directory.GetFileSystemEntries(directory).Select(Path.GetFileName).Order(StringComparer.Ordinal)];

    private static void AssertNothingIsLeft(ImageLab lab, ContainerId id)
    {
        Assert.Empty(MountsOf(lab, id));
        Assert.False(Directory.Exists(lab.Directories.ImageVolumes(id)));
    }
}
