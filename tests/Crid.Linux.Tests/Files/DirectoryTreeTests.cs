using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Crid.Linux.Tests;

public sealed class DirectoryTreeTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("crid-tree-").FullName;

    public void Dispose() => DirectoryTree.Remove(_directory);

    [Fact]
    public void Remove_TreeDeeperThanAnyPath_RemovesIt()
    {
        SafeFileHandle current = FileAt.OpenDirectory(_directory);
        for (int i = 0; i < 6_000; i++)
        {
            FileAt.TryMakeDirectory(current, "d"u8, 0x1C0);
            SafeFileHandle next = FileAt.OpenDirectory(current, "d"u8);
            current.Dispose();
            current = next;
        }

        current.Dispose();

        DirectoryTree.Remove($"{_directory}/d");

        Assert.Empty(Directory.GetFileSystemEntries(_directory));
    }

    [Fact]
    public void Remove_LinksAndOtherFiles_AreRemovedThemselves()
    {
        string outside = Directory.CreateDirectory($"{_directory}/outside").FullName;
        File.WriteAllText($"{outside}/kept", "");
        string tree = Directory.CreateDirectory($"{_directory}/tree").FullName;
        Directory.CreateDirectory($"{tree}/a/b/c");
        File.WriteAllText($"{tree}/a/b/file", "");
        Directory.CreateSymbolicLink($"{tree}/a/link", outside);
        using (SafeFileHandle a = FileAt.OpenDirectory($"{tree}/a"))
        {
            FileAt.MakeNode(a, "fifo"u8, FileKind.Fifo, 0x180, 0, 0);
            FileAt.MakeSymbolicLink("nowhere"u8, a, [0xFF, 0xFE]);
        }

        DirectoryTree.Remove(tree);
        DirectoryTree.Remove(tree);

        Assert.False(Directory.Exists(tree));
        Assert.True(File.Exists($"{outside}/kept"));
    }

    [Fact]
    public void Remove_Mountpoint_IsNotEntered()
    {
        using SafeFileHandle proc = FileAt.OpenDirectory("/");

        LinuxException exception = Assert.Throws<LinuxException>(() => DirectoryTree.Remove(proc, Encoding.ASCII.GetBytes("proc")));

        Assert.Contains("busy", exception.Message, StringComparison.OrdinalIgnoreCase);
        Assert.True(File.Exists("/proc/self/status"));
    }
}
