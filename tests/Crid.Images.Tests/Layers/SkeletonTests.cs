using System.Text;
using Crid.Core;
using Crid.Linux;
using Crid.Testing;

namespace Crid.Images.Tests;

public sealed class SkeletonTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("crid-skeleton-").FullName;

    private string Layer => $"{_directory}/layer";

    public static TheoryData<string> Seeds => [.. HostileLayers.Confined.Keys];

    public void Dispose() => DirectoryTree.Remove(_directory);

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Rebuild_LayersThatKeepASkeleton_GivesTheArchive(string name)
    {
        byte[] archive = HostileLayers.Confined[name];
        await UnpackAsync(archive);
        if (!LayerSkeleton.Exists(Layer))
        {
            Assert.Contains(name, (string[])["duplicates", "file-over-link", "hard-link-to-link", "mode-through-link", "link-swapped-for-directory"]);
            return;
        }

        using MemoryStream rebuilt = new();
        DiffId? diffId = LayerSkeleton.Rebuild(Layer, rebuilt, TestContext.Current.CancellationToken);

        Assert.Equal(new DiffId(BlobDigest.Of(archive)), diffId);
        Assert.Equal(archive, rebuilt.ToArray());
    }

    [Fact]
    public async Task Rebuild_FilesThatChanged_IsAnotherArchiveOrNone()
    {
        byte[] archive = new TarBuilder().AddFile("a", "content").AddFile("b", "").AddFile("c", "x").Build();
        await UnpackAsync(archive);

        File.WriteAllText($"{Layer}/fs/a", "CONTENT");
        Assert.NotEqual(new DiffId(BlobDigest.Of(archive)), LayerSkeleton.Rebuild(Layer, Stream.Null, CancellationToken.None));
        File.WriteAllText($"{Layer}/fs/a", "longer content");
        Assert.Null(LayerSkeleton.Rebuild(Layer, Stream.Null, CancellationToken.None));
        File.Delete($"{Layer}/fs/a");
        Assert.Null(LayerSkeleton.Rebuild(Layer, Stream.Null, CancellationToken.None));
    }

    [Fact]
    public async Task Rebuild_DamagedSkeleton_IsNone()
    {
        byte[] archive = new TarBuilder().AddFile("a", "content").Build();
        DiffId whole = new(BlobDigest.Of(archive));
        int others = 0;
        await UnpackAsync(archive);
        byte[] skeleton = File.ReadAllBytes($"{Layer}/archive.zst");
        Random random = new(1);
        for (int i = 0; i < 200; i++)
        {
            byte[] damaged = [.. skeleton];
            damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes($"{Layer}/archive.zst", damaged);

            // Another archive or none, or the same where the bit means nothing to the decoder; never another kind of failure.
            DiffId? diffId = LayerSkeleton.Rebuild(Layer, Stream.Null, CancellationToken.None);
            others += diffId == whole ? 0 : 1;
        }

        Assert.True(others > 100);
    }

    [Fact]
    public async Task UnpackAsync_Usage_IsWhatTheDiskSays()
    {
        TarBuilder tar = new TarBuilder().AddDirectory("d").AddFile("d/small", "x").AddFile("d/large", new byte[100_000]).AddFile("empty", "")
            .AddHardLink("d/link", "d/large").AddSymbolicLink("short", "x").AddPax("linkpath", new string('y', 300)).AddSymbolicLink("long", "x")
            .AddPax(("SCHILY.xattr.user.big", new byte[2000])).AddFile("attributes", "x").AddFile(".wh.gone", "").AddEntry('6', "fifo"u8.ToArray(), []);

        LayerContent content = await UnpackAsync(tar.Build());

        Assert.True(content.IsPlain);
        Assert.Equal(DirectoryMeasure.Measure(Layer, static () => false), content.Files);
    }

    [Fact]
    public async Task UnpackAsync_UsageOfDuplicates_IsWhatTheDiskSays()
    {
        LayerContent content = await UnpackAsync(HostileLayers.Confined["duplicates"]);

        Assert.False(content.IsPlain);
        Assert.Equal(DirectoryMeasure.Measure(Layer, static () => false), content.Files);
    }

    [Theory]
    [InlineData("old")]
    [InlineData("0.0")]
    [InlineData("0.1")]
    [InlineData("1.0")]
    public async Task UnpackAsync_SparseFile_HasItsHoles(string version)
    {
        byte[] stored = [.. Enumerable.Repeat((byte)'a', 1000), .. Enumerable.Repeat((byte)'b', 24)];
        byte[] archive = MakeSparse(version, stored);

        await UnpackAsync(archive);

        byte[] content = File.ReadAllBytes($"{Layer}/fs/sparse");
        Assert.Equal(5_000_000, content.Length);
        Assert.Equal(stored[..1000], content[4096..5096]);
        Assert.Equal(stored[1000..], content[1_000_000..1_000_024]);
        Assert.Equal(1024, content.Count(static value => value != 0));
        Assert.True(DirectoryMeasure.Measure($"{Layer}/fs/", static () => false)!.Value.Bytes < 100_000);
        Assert.Equal(new DiffId(BlobDigest.Of(archive)), LayerSkeleton.Rebuild(Layer, Stream.Null, CancellationToken.None));
    }

    private static byte[] MakeSparse(string version, byte[] stored)
    {
        byte[] Text(string text) => Encoding.ASCII.GetBytes(text);
        TarBuilder tar = new();
        switch (version)
        {
            case "0.0":
                return tar.AddPax(("GNU.sparse.size", Text("5000000")), ("GNU.sparse.numblocks", Text("2")), ("GNU.sparse.offset", Text("4096")), ("GNU.sparse.numbytes", Text("1000")),
                    ("GNU.sparse.offset", Text("1000000")), ("GNU.sparse.numbytes", Text("24"))).AddFile("sparse", stored).AddFile("after", "x").Build();
            case "0.1":
                return tar.AddPax(("GNU.sparse.size", Text("5000000")), ("GNU.sparse.map", Text("4096,1000,1000000,24")), ("GNU.sparse.name", Text("sparse")))
                    .AddFile("GNUSparseFile.1/sparse", stored).AddFile("after", "x").Build();
            case "1.0":
                return tar.AddPax(("GNU.sparse.major", Text("1")), ("GNU.sparse.minor", Text("0")), ("GNU.sparse.name", Text("sparse")), ("GNU.sparse.realsize", Text("5000000")))
                    .AddFile("GNUSparseFile.1/sparse", [.. Text("2\n4096\n1000\n1000000\n24\n".PadRight(512, '\0')), .. stored]).AddFile("after", "x").Build();
            default:
                byte[] header = new byte[512];
                Text("sparse").CopyTo(header, 0);
                Text("0000644\0").CopyTo(header, 100);
                Text("0000000\0").CopyTo(header, 108);
                Text("0000000\0").CopyTo(header, 116);
                Text(Convert.ToString(stored.Length, 8).PadLeft(11, '0')).CopyTo(header, 124);
                Text("00000000000").CopyTo(header, 136);
                header[156] = (byte)'S';
                Text("ustar  \0").CopyTo(header, 257);
                Text(Convert.ToString(4096, 8).PadLeft(11, '0')).CopyTo(header, 386);
                Text(Convert.ToString(1000, 8).PadLeft(11, '0')).CopyTo(header, 398);
                header[482] = 1;
                Text(Convert.ToString(5_000_000, 8).PadLeft(11, '0')).CopyTo(header, 483);
                byte[] more = new byte[512];
                Text(Convert.ToString(1_000_000, 8).PadLeft(11, '0')).CopyTo(more, 0);
                Text(Convert.ToString(24, 8).PadLeft(11, '0')).CopyTo(more, 12);
                byte[] archive = tar.AddRaw(header, [.. more, .. stored]).AddFile("after", "x").Build();
                return archive;
        }
    }

    private async Task<LayerContent> UnpackAsync(byte[] archive)
    {
        DirectoryTree.Remove(Layer);
        Directory.CreateDirectory(Layer);
        ParentLayers parents = new();
        parents.Complete([]);
        return await new LayerUnpacker(new UnpackLimits(), LayerDecoders.Fastest).UnpackAsync(new MemoryStream(archive), blob: null, Layer, parents, static _ => { }, CancellationToken.None);
    }
}
