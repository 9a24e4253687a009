using System.Text.Json;
using Crid.Oci;

namespace Crid.Runtimes;

/// <summary>The files of a container's bundle. They lie on a tmpfs and are written without fsync.</summary>
internal sealed class Bundle(string directory)
{
    public string Directory { get; } = directory;

    public string ConfigPath => $"{Directory}/config.json";

    public string PidPath => $"{Directory}/pid";

    public string LogPath => $"{Directory}/runtime.log";

    public string IoPath => $"{Directory}/io";

    /// <summary>Short, because the address of a socket takes 107 bytes.</summary>
    public string ConsoleSocketPath => $"{Directory}/tty";

    /// <summary>A path for one file of a process that is run in the container.</summary>
    public string ExecPath(string execId, string extension) => $"{Directory}/{execId}.{extension}";

    /// <summary>A new path for the console socket of one process; as short as the container's own allows.</summary>
    public string ExecConsolePath() => $"{Directory}/t{Guid.NewGuid().ToString("N")[..7]}";

    /// <summary>Makes what a runtime's create needs.</summary>
    public void Write(OciSpec spec)
    {
        System.IO.Directory.CreateDirectory(IoPath, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        WriteFile(ConfigPath, JsonSerializer.SerializeToUtf8Bytes(spec, OciJson.Default.OciSpec));
    }

    public static void WriteProcess(string path, OciProcess process) =>
        WriteFile(path, JsonSerializer.SerializeToUtf8Bytes(process, OciJson.Default.OciProcess));

    /// <summary>The process of a container that was made by an earlier life of the daemon.</summary>
    /// <exception cref="IOException">There is no bundle.</exception>
    public OciProcess ReadProcess() =>
        JsonSerializer.Deserialize(File.ReadAllBytes(ConfigPath), OciJson.Default.OciSpec)!.Process;

    /// <summary>The log that a runtime has written; empty where it has not.</summary>
    public static byte[] ReadLog(string path) => File.Exists(path) ? File.ReadAllBytes(path) : [];

    private static void WriteFile(string path, byte[] content)
    {
        FileStreamOptions options = new()
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            BufferSize = 0,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        using FileStream file = new(path, options);
        file.Write(content);
    }
}
