using Microsoft.Win32.SafeHandles;

namespace Crid.Linux.Tests;

public sealed class DirectoryMeasureTests : IDisposable
{
    private readonly string _outside = Directory.CreateTempSubdirectory("crid-outside-").FullName;
    private readonly string _root = Directory.CreateTempSubdirectory("crid-measure-").FullName;

    public void Dispose()
    {
        DirectoryTree.Remove(_root);
        DirectoryTree.Remove(_outside);
    }

    [Fact]
    public void Measure_FilesGrow_BytesAndInodesFollow()
    {
        DirectoryUsage empty = Measure()!.Value;
        Assert.Equal(1UL, empty.Inodes);

        Directory.CreateDirectory($"{_root}/a/b");
        File.WriteAllBytes($"{_root}/a/b/file", new byte[1 << 20]);
        DirectoryUsage filled = Measure()!.Value;

        Assert.Equal(4UL, filled.Inodes);
        Assert.InRange(filled.Bytes - empty.Bytes, 1UL << 20, 2UL << 20);
    }

    [Fact]
    public void Measure_FileWithTwoNames_CountsOnce()
    {
        File.WriteAllBytes($"{_root}/one", new byte[1 << 20]);
        using (SafeFileHandle root = FileAt.OpenDirectory(_root))
        {
            FileAt.MakeHardLink(root, "one"u8, root, "two"u8);
        }

        DirectoryUsage usage = Measure()!.Value;

        Assert.Equal(2UL, usage.Inodes);
        Assert.InRange(usage.Bytes, 1UL << 20, (2UL << 20) - 1);
    }

    [Fact]
    public void Measure_LinksLeadOut_AreNotFollowed()
    {
        File.WriteAllBytes($"{_outside}/large", new byte[4 << 20]);
        Directory.CreateSymbolicLink($"{_root}/directory", _outside);
        File.CreateSymbolicLink($"{_root}/file", $"{_outside}/large");

        DirectoryUsage usage = Measure()!.Value;

        Assert.Equal(3UL, usage.Inodes);
        Assert.InRange(usage.Bytes, 0UL, 1UL << 20);
    }

    [Fact]
    public void Measure_DeeperThanAnyPath_CountsAll()
    {
        const int depth = 100;
        byte[] name = [.. Enumerable.Repeat((byte)'d', 200)];
        SafeFileHandle directory = FileAt.OpenDirectory(_root);
        for (int level = 0; level < depth; level++)
        {
            Assert.True(FileAt.TryMakeDirectory(directory, name, 0x1ED));
            SafeFileHandle next = FileAt.OpenDirectory(directory, name);
            directory.Dispose();
            directory = next;
        }

        directory.Dispose();

        Assert.Equal(depth + 1UL, Measure()!.Value.Inodes);
    }

    [Fact]
    public void Measure_TimeIsOver_IsNull() => Assert.Null(DirectoryMeasure.Measure(_root, static () => true));

    [Fact]
    public void Measure_NoSuchDirectory_IsNull() => Assert.Null(DirectoryMeasure.Measure($"{_root}/none", static () => false));

    private DirectoryUsage? Measure() => DirectoryMeasure.Measure(_root, static () => false);
}
