using System.Text;
using Crid.Core;

namespace Crid.Linux.Tests;

public sealed class RootedFilesTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("crid-rooted-").FullName;

    private string Root => $"{_directory}/root";

    public RootedFilesTests() => Directory.CreateDirectory($"{Root}/etc");

    public void Dispose() => DirectoryTree.Remove(_directory);

    [Fact]
    public void ReadFile_AbsoluteLink_StaysInTheRoot()
    {
        File.WriteAllText($"{_directory}/secret", "outside");
        File.WriteAllText($"{Root}/real", "inside");
        File.CreateSymbolicLink($"{Root}/etc/passwd", "/real");
        File.CreateSymbolicLink($"{Root}/etc/group", "../../secret");

        Assert.Equal("inside", Encoding.UTF8.GetString(RootedFiles.ReadFile(Root, "/etc/passwd", 100)!));
        Assert.Null(RootedFiles.ReadFile(Root, "/etc/group", 100));
    }

    [Fact]
    public void ReadFile_NotARegularFile_IsNull()
    {
        Descriptor.EnsureFifo($"{Root}/fifo");

        Assert.Null(RootedFiles.ReadFile(Root, "/fifo", 100));
        Assert.Null(RootedFiles.ReadFile(Root, "/etc", 100));
        Assert.Null(RootedFiles.ReadFile(Root, "/none/at/all", 100));
    }

    [Fact]
    public void ReadFile_TooLarge_Throws()
    {
        File.WriteAllText($"{Root}/large", new string('x', 101));
        File.WriteAllText($"{Root}/fits", new string('x', 100));

        Assert.Equal(100, RootedFiles.ReadFile(Root, "/fits", 100)!.Length);
        Assert.Throws<InvalidDataException>(() => RootedFiles.ReadFile(Root, "/large", 100));
    }

    [Fact]
    public void EnsureDirectory_LinksAndMissingParents_StayInTheRoot()
    {
        Directory.CreateDirectory($"{Root}/data");
        Directory.CreateSymbolicLink($"{Root}/var", "/data");

        string made = RootedFiles.EnsureDirectory(Root, "/var/lib/../x/y");

        Assert.Equal($"{Root}/data/x/y", made);
        Assert.True(Directory.Exists(made));
    }

    [Fact]
    public void EnsureDirectory_OverAFile_Throws()
    {
        File.WriteAllText($"{Root}/file", "");

        Assert.Throws<LinuxException>(() => RootedFiles.EnsureDirectory(Root, "/file/x"));
    }

    [Fact]
    public void FindRealPath_Link_IsItsTarget()
    {
        Directory.CreateSymbolicLink($"{_directory}/link", Root);

        Assert.Equal($"{Root}/etc", RootedFiles.FindRealPath($"{_directory}/link/etc"));
        Assert.Null(RootedFiles.FindRealPath($"{_directory}/nothing"));
    }

    [Fact]
    public void FindDirectory_Links_StayInTheRoot()
    {
        Directory.CreateDirectory($"{_directory}/outside");
        Directory.CreateDirectory($"{Root}/outside/deep");
        Directory.CreateSymbolicLink($"{Root}/up", "../outside");
        Directory.CreateSymbolicLink($"{Root}/absolute", "/outside/deep");
        Directory.CreateSymbolicLink($"{Root}/nowhere", _directory);

        Assert.Equal($"{Root}/outside", RootedFiles.FindDirectory(Root, "up"));
        Assert.Equal($"{Root}/outside/deep", RootedFiles.FindDirectory(Root, "/absolute/"));
        Assert.Equal($"{Root}/outside", RootedFiles.FindDirectory(Root, "etc/../../../outside"));
        Assert.Null(RootedFiles.FindDirectory(Root, "nowhere"));
    }

    [Fact]
    public void FindDirectory_NotADirectory_IsNull()
    {
        File.WriteAllText($"{Root}/file", "");
        Directory.CreateSymbolicLink($"{Root}/loop", "loop");

        Assert.Null(RootedFiles.FindDirectory(Root, "file"));
        Assert.Null(RootedFiles.FindDirectory(Root, "file/below"));
        Assert.Null(RootedFiles.FindDirectory(Root, "missing"));
        Assert.Throws<LinuxException>(() => RootedFiles.FindDirectory(Root, "loop"));
    }

    [Fact]
    public void FindDirectory_NameThatIsNotUtf8_IsRefusedForItsTextMayBeALink()
    {
        using (Microsoft.Win32.SafeHandles.SafeFileHandle root = FileAt.OpenDirectory(Root))
        {
            Assert.True(FileAt.TryMakeDirectory(root, [0xFF], 0x1ED));
            FileAt.MakeSymbolicLink([0xFF], root, "data"u8);
        }

        Directory.CreateSymbolicLink($"{Root}/\uFFFD", _directory);

        CridException exception = Assert.Throws<CridException>(() => RootedFiles.FindDirectory(Root, "data"));

        Assert.Equal(ErrorKind.InvalidArgument, exception.Kind);
        Assert.Throws<CridException>(() => RootedFiles.EnsureDirectory(Root, "/data"));
    }
}
