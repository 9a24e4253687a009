using System.Text;

namespace Crid.Linux.Tests;

public sealed class RootedFilesTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("crid-rooted-").FullName;

    private string Root => $"{_directory}/root";

    public RootedFilesTests() => Directory.CreateDirectory($"{Root}/etc");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

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
}
