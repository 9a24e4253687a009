namespace Crid.Cli;

/// <summary>Checks and makes the paths of hostPath volumes.</summary>
internal static class HostPaths
{
    private const UnixFileMode DirectoryMode = (UnixFileMode)0b111_101_101;

    /// <param name="type">As in Kubernetes; empty: nothing is checked, and what is not there becomes a directory.</param>
    /// <exception cref="CliException">The path is not what the type says.</exception>
    public static void Ensure(string path, string type)
    {
        switch (type)
        {
            case "" when !Path.Exists(path):
            case "DirectoryOrCreate" when !Path.Exists(path):
                Directory.CreateDirectory(path, DirectoryMode);
                break;
            case "FileOrCreate" when !Path.Exists(path):
                File.Create(path).Dispose();
                break;
            case "Directory" or "DirectoryOrCreate" when !Directory.Exists(path):
                throw new CliException($"'{path}' is not a directory");
            case "File" or "FileOrCreate" or "Socket" or "CharDevice" or "BlockDevice" when !File.Exists(path):
                throw new CliException($"there is no {type} at '{path}'");
            default:
                break;
        }
    }
}
