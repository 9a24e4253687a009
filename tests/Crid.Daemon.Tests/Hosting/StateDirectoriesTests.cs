using Crid.Core;

namespace Crid.Daemon.Tests;

public sealed class StateDirectoriesTests
{
    [Fact]
    public void Ensure_WrongModes_AreCorrected()
    {
        using TemporaryDirectory directory = new();
        CridDirectories directories = new($"{directory.Path}/lib/crid", $"{directory.Path}/run/crid");
        Directory.CreateDirectory(directories.Root, (UnixFileMode)0x1ff);

        StateDirectories.Ensure(directories);
        StateDirectories.Ensure(directories);

        Assert.Equal("700", ModeOf(directories.Root));
        Assert.Equal("711", ModeOf(directories.Run));
        Assert.Equal("711", ModeOf(directories.Containers));
        Assert.Equal("711", ModeOf(directories.Namespaces));
    }

    private static string ModeOf(string path) => Convert.ToString((int)File.GetUnixFileMode(path), 8);
}
