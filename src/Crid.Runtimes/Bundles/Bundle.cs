using System.Text.Json;
using Crid.Linux;
using Crid.Oci;
using Microsoft.Win32.SafeHandles;

namespace Crid.Runtimes;

/// <summary>The files of a container's bundle. They lie on a tmpfs and are written without fsync.</summary>
internal sealed class Bundle(string directory)
{
    public string Directory { get; } = directory;

    public string ConfigPath => $"{Directory}/config.json";

    public string PidPath => $"{Directory}/pid";

    public string LogPath => $"{Directory}/runtime.log";

    public string IoPath => $"{Directory}/io";

    private string StdoutPath => $"{IoPath}/stdout";

    private string StderrPath => $"{IoPath}/stderr";

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

    /// <summary>
    /// Makes the FIFOs of the container's output, which the keeper then finds, for a user who is another one outside the container's user
    /// namespace. Without that the container could write to them, but not open /dev/stdout.
    /// </summary>
    public void GiveOutput(uint user, uint group)
    {
        foreach (string fifo in (string[])[StdoutPath, StderrPath])
        {
            Crid.Linux.Descriptor.EnsureFifo(fifo);
            FileMetadata.SetOwner(fifo, user, group);
        }
    }

    /// <summary>Makes the FIFOs of the container's input and output with an SELinux context, without which it could not use them.</summary>
    public void LabelOutput(string label, bool withInput)
    {
        foreach (string fifo in (string[])[StdoutPath, StderrPath, .. withInput ? (string[])[$"{IoPath}/stdin"] : []])
        {
            Crid.Linux.Descriptor.EnsureFifo(fifo);
            SecurityLabels.Set(fifo, label);
        }
    }

    /// <summary>Gives pipes the SELinux context that <see cref="LabelOutput"/> gave the FIFOs.</summary>
    public void LabelPipes(params IEnumerable<SafeFileHandle?> pipes)
    {
        if (SecurityLabels.Find(StdoutPath) is not { } label)
        {
            return;
        }

        foreach (SafeFileHandle pipe in pipes.OfType<SafeFileHandle>())
        {
            SecurityLabels.Set(pipe, label);
        }
    }

    /// <summary>Lets the user that <see cref="GiveOutput"/> named open pipes; changes nothing without one.</summary>
    public void GivePipes(params IEnumerable<SafeFileHandle?> pipes)
    {
        if (FileMetadata.FindStatus(StdoutPath) is not { UserId: not 0 } status)
        {
            return;
        }

        foreach (SafeFileHandle pipe in pipes.OfType<SafeFileHandle>())
        {
            FileMetadata.SetOwner(pipe, status.UserId, status.GroupId);
        }
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
