using System.Text;
using Crid.Core;
using Crid.Linux;
using Crid.Testing;
using CsCheck;
using Microsoft.Win32.SafeHandles;

namespace Crid.Images.Tests;

public sealed class UnpackTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("crid-unpack-").FullName;

    private string Root => $"{_directory}/layer/fs";

    public void Dispose() => DirectoryTree.Remove(_directory);

    [Fact]
    public async Task UnpackAsync_Metadata_IsKept()
    {
        TarBuilder tar = new TarBuilder()
            .AddDirectory("d", mode: 0x5ED, modified: 123)
            .AddFile("d/f", "content", mode: 0x9ED, modified: 456)
            .AddPax("mtime", "-1.25")
            .AddFile("d/old", "")
            .AddHardLink("d/link", "d/f")
            .AddSymbolicLink("abs", "/etc/passwd")
            .AddEntry('6', "fifo"u8.ToArray(), [], mode: 0x1B6);

        await UnpackAsync(tar);

        using SafeFileHandle root = FileAt.OpenDirectory(Root);
        FileStatus file = Status(root, "d/f");
        Assert.Equal(0x89EDu, file.Mode);
        Assert.Equal(2u, file.Links);
        Assert.Equal(new FileTime(456, 0), file.Modified);
        Assert.Equal(0x45EDu, Status(root, "d").Mode);
        Assert.Equal(new FileTime(123, 0), Status(root, "d").Modified);
        Assert.Equal(new FileTime(-2, 750_000_000), Status(root, "d/old").Modified);
        Assert.Equal("/etc/passwd", new FileInfo($"{Root}/abs").LinkTarget);
        Assert.Equal(FileKind.Fifo, Status(root, "fifo").Kind);
        Assert.Equal(0x11B6u, Status(root, "fifo").Mode);
    }

    [Theory]
    [InlineData("../../escape")]
    [InlineData("/escape")]
    [InlineData("a/../../../escape")]
    [InlineData("./escape")]
    public async Task UnpackAsync_NameAboveRoot_StaysInside(string name)
    {
        await UnpackAsync(new TarBuilder().AddFile(name, "x"));

        Assert.Equal("x", File.ReadAllText($"{Root}/escape"));
        Assert.Equal(["layer"], Directory.GetFileSystemEntries(_directory).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("../../..")]
    [InlineData("/proc/self/root")]
    public async Task UnpackAsync_FileBelowLinkOutOfRoot_StaysInside(string target)
    {
        string outside = $"{_directory}/outside";
        Directory.CreateDirectory(outside);
        TarBuilder tar = new TarBuilder().AddSymbolicLink("link", target).AddDirectory("tmp").AddFile($"link{outside}/evil", "x");

        await Record.ExceptionAsync(() => UnpackAsync(tar));

        Assert.Empty(Directory.GetFileSystemEntries(outside));
        Assert.False(File.Exists("/evil"));
    }

    [Fact]
    public async Task UnpackAsync_HardLinkToFileOutside_IsRefused()
    {
        await File.WriteAllTextAsync($"{_directory}/secret", "secret");

        CridException exception = await Assert.ThrowsAsync<CridException>(
            () => UnpackAsync(new TarBuilder().AddSymbolicLink("up", "../..").AddHardLink("stolen", "up/secret")));

        Assert.Equal(ErrorKind.InvalidArgument, exception.Kind);
    }

    [Fact]
    public async Task UnpackAsync_FileOverLink_ReplacesTheLink()
    {
        await File.WriteAllTextAsync($"{_directory}/victim", "safe");
        TarBuilder tar = new TarBuilder().AddSymbolicLink("f", $"{_directory}/victim").AddFile("f", "new");

        await UnpackAsync(tar);

        Assert.Equal("safe", await File.ReadAllTextAsync($"{_directory}/victim"));
        Assert.Null(new FileInfo($"{Root}/f").LinkTarget);
        Assert.Equal("new", await File.ReadAllTextAsync($"{Root}/f"));
    }

    [Fact]
    public async Task UnpackAsync_TypeChanges_LastOneWins()
    {
        TarBuilder tar = new TarBuilder()
            .AddDirectory("a").AddFile("a/x", "1").AddFile("a", "file")
            .AddFile("b", "file").AddDirectory("b").AddFile("b/x", "2");

        await UnpackAsync(tar);

        Assert.Equal("file", await File.ReadAllTextAsync($"{Root}/a"));
        Assert.Equal("2", await File.ReadAllTextAsync($"{Root}/b/x"));
    }

    [Fact]
    public async Task UnpackAsync_NamesOfAnyBytes_AreKept()
    {
        byte[] latin = [0x66, 0xFC, 0x72];
        byte[] longName = Encoding.ASCII.GetBytes(new string('n', 200));
        TarBuilder tar = new TarBuilder()
            .AddEntry('0', latin, "1"u8.ToArray())
            .AddPax("path", "with\nnewline=and 12 digits")
            .AddFile("short", "2")
            .AddEntry('L', "././@LongLink"u8.ToArray(), [.. longName, 0])
            .AddFile("cut", "3");

        await UnpackAsync(tar);

        using SafeFileHandle root = FileAt.OpenDirectory(Root);
        string[] names = [.. DirectoryTree.ReadEntries(root).Select(static entry => Encoding.Latin1.GetString(entry.Name)).Order(StringComparer.Ordinal)];
        Assert.Equal(["f\u00fcr", new string('n', 200), "with\nnewline=and 12 digits"], names);
    }

    [Fact]
    public async Task UnpackAsync_Attributes_KeepEveryByte()
    {
        byte[] value = [0, 10, 0x80, 0xFF, (byte)'='];
        TarBuilder tar = new TarBuilder()
            .AddPax(("SCHILY.xattr.user.test", "first"u8.ToArray()), ("SCHILY.xattr.user.test", value), ("SCHILY.xattr.trusted.overlay.opaque", "y"u8.ToArray()))
            .AddFile("f", "x");

        await UnpackAsync(tar);

        using SafeFileHandle root = FileAt.OpenDirectory(Root);
        Assert.SkipUnless(FileMetadata.FindAttribute(root, "f"u8, "user.test"u8) is not null || Directory.Exists("/sys/fs/ext4"), "no user attributes here");
        Assert.Equal(value, FileMetadata.FindAttribute(root, "f"u8, "user.test"u8));
        Assert.Equal(["user.test"], FileMetadata.ListAttributes(root, "f"u8).Where(static name => name.StartsWith("user.", StringComparison.Ordinal) || name.StartsWith("trusted.", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task UnpackAsync_Whiteouts_AreDevicesAndOpaqueDirectories()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root for attributes of the trusted class");
        TarBuilder tar = new TarBuilder()
            .AddDirectory("d").AddFile("d/.wh.gone", "").AddDirectory("o").AddFile("o/.wh..wh..opq", "").AddFile("o/kept", "x")
            .AddDirectory("both").AddFile(".wh.both", "").AddFile(".wh..wh.plnk", "");

        await UnpackAsync(tar);

        using SafeFileHandle root = FileAt.OpenDirectory(Root);
        FileStatus gone = Status(root, "d/gone");
        Assert.Equal((FileKind.CharacterDevice, (0u, 0u)), (gone.Kind, gone.Device));
        Assert.Equal("y"u8.ToArray(), FileMetadata.FindAttribute(root, "o"u8, "trusted.overlay.opaque"u8));
        Assert.Equal("y"u8.ToArray(), FileMetadata.FindAttribute(root, "both"u8, "trusted.overlay.opaque"u8));
        Assert.Equal("x", await File.ReadAllTextAsync($"{Root}/o/kept"));
        Assert.Equal(3, Directory.GetFileSystemEntries(Root).Length);
    }

    [Theory]
    [InlineData(".wh.")]
    [InlineData(".wh...")]
    [InlineData(".wh..")]
    public async Task UnpackAsync_WhiteoutOfNothing_IsRefused(string name)
    {
        CridException exception = await Assert.ThrowsAsync<CridException>(() => UnpackAsync(new TarBuilder().AddFile(name, "")));

        Assert.Equal(ErrorKind.InvalidArgument, exception.Kind);
    }

    [Fact]
    public async Task UnpackAsync_TooMuch_IsRefused()
    {
        byte[] archive = new TarBuilder().AddFile("zeros", new byte[1 << 20]).Build();

        CridException bytes = await Assert.ThrowsAsync<CridException>(() => UnpackAsync(TestImage.Compress(archive), new UnpackLimits(Bytes: 1 << 19)));
        CridException entries = await Assert.ThrowsAsync<CridException>(
            () => UnpackAsync(new TarBuilder().AddFile("a", "").AddFile("b", "").Build(), new UnpackLimits(Entries: 2)));

        Assert.Equal(ErrorKind.ResourceExhausted, bytes.Kind);
        Assert.Equal(ErrorKind.ResourceExhausted, entries.Kind);
    }

    [Fact]
    public async Task UnpackAsync_SeveralMembersAndFrames_AreOneArchive()
    {
        byte[] archive = new TarBuilder().AddFile("a", new string('a', 5000)).AddFile("b", new string('b', 5000)).Build();
        byte[] gzip = [.. TestImage.Compress(archive[..3000]), .. TestImage.Compress(archive[3000..])];
        using ZstdSharp.Compressor compressor = new();
        byte[] skipped = [0x50, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3];
        byte[] zstd = [.. skipped, .. compressor.Wrap(archive.AsSpan(0, 3000)).ToArray(), .. skipped, .. compressor.Wrap(archive.AsSpan(3000)).ToArray()];

        LayerContent fromGzip = await UnpackAsync(gzip);
        DirectoryTree.Remove($"{_directory}/layer");
        LayerContent fromZstd = await UnpackAsync(zstd);

        Assert.Equal(BlobDigest.Of(archive), fromGzip.DiffId.Digest);
        Assert.Equal(BlobDigest.Of(archive), fromZstd.DiffId.Digest);
        Assert.Equal(new string('b', 5000), await File.ReadAllTextAsync($"{Root}/b"));
    }

    [Theory]
    [InlineData('0')]
    [InlineData('7')]
    public async Task UnpackAsync_DirectoryWithContent_SkipsTheContent(char type)
    {
        byte[] hidden = new TarBuilder().AddFile("hidden", "x").Build();
        TarBuilder tar = new TarBuilder().AddEntry(type, "d/"u8.ToArray(), hidden).AddFile("d/f", "content");

        LayerContent content = await UnpackAsync(tar);

        Assert.Equal([$"{Root}/d"], Directory.GetFileSystemEntries(Root));
        Assert.Equal("content", await File.ReadAllTextAsync($"{Root}/d/f"));
        Assert.Equal(content.DiffId, LayerSkeleton.Rebuild($"{_directory}/layer", Stream.Null, CancellationToken.None));
    }

    [Fact]
    public void ReadNext_SparseDirectory_SkipsMapAndContent()
    {
        byte[] hidden = new TarBuilder().AddFile("hidden", "x").Build();
        byte[] header = new TarBuilder().AddEntry('S', "d/"u8.ToArray(), hidden).Build()[..TarHeader.Bytes];

        // One extent with all of the content, and a block of more extents, which the size leaves out.
        "00000000000\000000004000\0"u8.CopyTo(header.AsSpan(386));
        header[482] = 1;
        "00000004000\0"u8.CopyTo(header.AsSpan(483));
        TarReader reader = new(new MemoryStream(new TarBuilder().AddRaw(header, [.. new byte[TarHeader.Bytes], .. hidden]).AddFile("f", "x").Build()));

        TarEntry directory = reader.ReadNext()!;
        TarEntry file = reader.ReadNext()!;

        Assert.Equal((TarEntryKind.Directory, 0L, null), (directory.Kind, directory.Size, directory.Sparse));
        Assert.Equal("f"u8.ToArray(), file.Name);
    }

    [Fact]
    public void ReadNext_DirectoryOfOldForm_HasNoContent()
    {
        byte[] inside = new TarBuilder().AddFile("f", "x").Build();
        TarReader reader = new(new MemoryStream(new TarBuilder().AddEntry('\0', "d/"u8.ToArray(), inside).Build()));

        Assert.Equal(TarEntryKind.Directory, reader.ReadNext()!.Kind);
        Assert.Equal("f"u8.ToArray(), reader.ReadNext()!.Name);
    }

    [Fact]
    public async Task UnpackAsync_RecordsWithoutValue_LeaveTheHeaderAsItIs()
    {
        (string, byte[])[] empty = [("path", []), ("linkpath", []), ("size", []), ("uid", []), ("gid", []), ("mtime", [])];
        TarBuilder tar = new TarBuilder()
            .AddPax([("path", "other"u8.ToArray()), .. empty]).AddFile("f", "content", modified: 456).AddPax(empty).AddSymbolicLink("l", "f");

        await UnpackAsync(tar);

        Assert.Equal("content", await File.ReadAllTextAsync($"{Root}/f"));
        Assert.Equal(456, new DateTimeOffset(File.GetLastWriteTimeUtc($"{Root}/f")).ToUnixTimeSeconds());
        Assert.Equal("f", new FileInfo($"{Root}/l").LinkTarget);
        Assert.Equal(2, Directory.GetFileSystemEntries(Root).Length);
    }

    [Fact]
    public async Task UnpackAsync_EmptyBlob_IsAnEmptyLayer()
    {
        await UnpackAsync([]);

        Assert.Empty(Directory.GetFileSystemEntries(Root));
    }

    [Theory]
    [InlineData(600)]
    [InlineData(1)]
    [InlineData(1500)]
    public async Task UnpackAsync_CutArchive_IsRefused(int length)
    {
        byte[] archive = new TarBuilder().AddFile("a", new byte[2000]).Build();

        CridException exception = await Assert.ThrowsAsync<CridException>(() => UnpackAsync(archive[..length]));

        Assert.Equal(ErrorKind.InvalidArgument, exception.Kind);
    }

    [Fact]
    public void ReadNext_DamagedArchives_NeverFailUnexpectedly()
    {
        byte[] archive = new TarBuilder().AddDirectory("d").AddPax("path", "d/renamed").AddFile("d/f", "content").AddHardLink("l", "d/f").Build();

        Gen.Select(Gen.Int[0, archive.Length - 1], Gen.Byte, Gen.Int[0, archive.Length - 1], Gen.Byte).Sample((first, firstValue, second, secondValue) =>
        {
            byte[] damaged = [.. archive];
            damaged[first] = firstValue;
            damaged[second] = secondValue;
            try
            {
                TarReader reader = new(new MemoryStream(damaged));
                while (reader.ReadNext() is not null)
                {
                    reader.ReadContent();
                }
            }
            catch (CridException exception)
            {
                Assert.Equal(ErrorKind.InvalidArgument, exception.Kind);
            }
        }, iter: 2000);
    }

    [Fact]
    public void Parse_AnyName_StaysBelowRoot()
    {
        Gen<string> component = Gen.OneOf(Gen.Const(".."), Gen.Const("."), Gen.Const(""), Gen.Const("a"), Gen.Const("bc"));

        component.Array[0, 12].Sample(components =>
        {
            LayerPath path = LayerPath.Parse(Encoding.UTF8.GetBytes(string.Join('/', components)));

            string[] parts = Encoding.UTF8.GetString(path.Bytes).Split('/', StringSplitOptions.RemoveEmptyEntries);
            Assert.DoesNotContain("..", parts);
            Assert.Equal(
                Path.GetFullPath("/" + string.Join('/', components)).TrimEnd('/'), string.Concat(parts.Select(static part => "/" + part)));
        });
    }

    private static FileStatus Status(SafeFileHandle root, string path) =>
        FileMetadata.FindStatus(root, Encoding.UTF8.GetBytes(path)) ?? throw new InvalidOperationException($"{path} is missing");

    private Task<LayerContent> UnpackAsync(TarBuilder tar) => UnpackAsync(tar.Build());

    private async Task<LayerContent> UnpackAsync(byte[] blob, UnpackLimits? limits = null)
    {
        string directory = $"{_directory}/layer";
        DirectoryTree.Remove(directory);
        Directory.CreateDirectory(directory);
        ParentLayers parents = new();
        parents.Complete([]);
        using MemoryStream source = new(blob);
        return await new LayerUnpacker(limits ?? new UnpackLimits(), LayerDecoders.Fastest).UnpackAsync(
            source, BlobDigest.Of(blob), directory, parents, static _ => { }, CancellationToken.None);
    }
}
