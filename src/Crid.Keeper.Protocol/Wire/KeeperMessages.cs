using Crid.Core;
using Microsoft.Win32.SafeHandles;

namespace Crid.Keeper.Protocol;

/// <summary>The bodies of the messages, each with its writer and its reader side by side.</summary>
public static class KeeperMessages
{
    /// <param name="version">The protocol version of the connection; later fields are left out.</param>
    public static void Write(this MessageWriter writer, CreateRequest request, ushort version)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(request);
        writer.WriteString(request.Id);
        writer.WriteStrings(request.Command);
        writer.WriteString(request.BundleDirectory);
        writer.WriteString(request.PidFile);
        writer.WriteString(request.IoDirectory);
        writer.WriteString(request.LogPath);
        writer.WriteInt32(request.MaxLogLineBytes);
        writer.WriteBoolean(request.Terminal);
        writer.WriteString(request.ConsoleSocket);
        writer.WriteBoolean(request.Stdin);
        writer.WriteBoolean(request.StdinOnce);
        writer.WriteInt64(request.Timeout.Ticks);
        if (version >= KeeperWire.AttachVersion)
        {
            writer.WriteBoolean(request.Attachable);
        }
    }

    public static CreateRequest ReadCreateRequest(ref MessageReader reader, ushort version) => new()
    {
        Id = reader.ReadString(),
        Command = reader.ReadStrings(),
        BundleDirectory = reader.ReadString(),
        PidFile = reader.ReadString(),
        IoDirectory = reader.ReadString(),
        LogPath = reader.ReadOptionalString(),
        MaxLogLineBytes = reader.ReadInt32(),
        Terminal = reader.ReadBoolean(),
        ConsoleSocket = reader.ReadOptionalString(),
        Stdin = reader.ReadBoolean(),
        StdinOnce = reader.ReadBoolean(),
        Timeout = TimeSpan.FromTicks(reader.ReadInt64()),
        Attachable = version >= KeeperWire.AttachVersion && reader.ReadBoolean(),
    };

    /// <summary>Writes all but the descriptors, of which it says which are there; <see cref="GetFiles(ExecRequest)"/> gives them in order.</summary>
    public static void Write(this MessageWriter writer, ExecRequest request, ushort version)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(request);
        writer.WriteString(request.Id);
        writer.WriteStrings(request.Command);
        writer.WriteString(request.BundleDirectory);
        writer.WriteString(request.PidFile);
        writer.WriteBoolean(request.Stdin is not null);
        writer.WriteBoolean(request.Stdout is not null);
        writer.WriteBoolean(request.Stderr is not null);
        writer.WriteInt64(request.Timeout.Ticks);
        if (version >= KeeperWire.AttachVersion)
        {
            writer.WriteBoolean(request.OomScoreAdjust is not null);
            writer.WriteInt32(request.OomScoreAdjust ?? 0);
        }
    }

    public static SafeFileHandle[] GetFiles(this ExecRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return Present(request.Stdin, request.Stdout, request.Stderr);
    }

    /// <summary>Reads a request and gives it the descriptors that came with it.</summary>
    public static ExecRequest ReadExecRequest(ref MessageReader reader, IReadOnlyList<SafeFileHandle> files, ushort version)
    {
        ArgumentNullException.ThrowIfNull(files);
        int next = 0;
        ExecRequest request = new()
        {
            Id = reader.ReadString(),
            Command = reader.ReadStrings(),
            BundleDirectory = reader.ReadString(),
            PidFile = reader.ReadString(),
            Stdin = TakeFile(reader.ReadBoolean(), files, ref next),
            Stdout = TakeFile(reader.ReadBoolean(), files, ref next),
            Stderr = TakeFile(reader.ReadBoolean(), files, ref next),
            Timeout = TimeSpan.FromTicks(reader.ReadInt64()),
            OomScoreAdjust = version >= KeeperWire.AttachVersion ? ReadOptionalInt32(ref reader) : null,
        };
        ThrowUnlessAllTaken(files, next);
        return request;
    }

    /// <summary>Writes all but the descriptors, as for an <see cref="ExecRequest"/>.</summary>
    public static void Write(this MessageWriter writer, AttachRequest request)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(request);
        writer.WriteString(request.Id);
        writer.WriteBoolean(request.Stdin);
        writer.WriteBoolean(request.Stdout is not null);
        writer.WriteBoolean(request.Stderr is not null);
    }

    public static SafeFileHandle[] GetFiles(this AttachRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return Present(request.Stdout, request.Stderr);
    }

    /// <summary>Reads a request and gives it the descriptors that came with it.</summary>
    public static AttachRequest ReadAttachRequest(ref MessageReader reader, IReadOnlyList<SafeFileHandle> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        int next = 0;
        AttachRequest request = new()
        {
            Id = reader.ReadString(),
            Stdin = reader.ReadBoolean(),
            Stdout = TakeFile(reader.ReadBoolean(), files, ref next),
            Stderr = TakeFile(reader.ReadBoolean(), files, ref next),
        };
        ThrowUnlessAllTaken(files, next);
        return request;
    }

    /// <summary>Writes the body of a Hold or Return, whose descriptors go beside it in the same order.</summary>
    public static void Write(this MessageWriter writer, string id, IReadOnlyList<HeldFile> held)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(held);
        writer.WriteString(id);
        writer.WriteByte((byte)held.Count);
        foreach (HeldFile file in held)
        {
            writer.WriteByte((byte)file.Kind);
        }
    }

    /// <summary>Reads the body of a Hold or Return and gives it the descriptors that came with it.</summary>
    public static IReadOnlyList<HeldFile> ReadHeld(ref MessageReader reader, IReadOnlyList<SafeFileHandle> files, out string id)
    {
        ArgumentNullException.ThrowIfNull(files);
        id = reader.ReadString();
        HeldFile[] held = new HeldFile[reader.ReadByte()];
        if (held.Length != files.Count)
        {
            throw new InvalidDataException($"{files.Count} descriptors came where {held.Length} were announced");
        }

        for (int i = 0; i < held.Length; i++)
        {
            held[i] = new HeldFile((HeldKind)reader.ReadByte(), files[i]);
        }

        return held;
    }

    public static void Write(this MessageWriter writer, SpawnResult result)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(result);
        writer.WriteInt32(result.RuntimeExitStatus);
        writer.WriteInt32(result.Pid);
        writer.WriteUInt64(result.StartTimeTicks);
    }

    public static SpawnResult ReadSpawnResult(ref MessageReader reader) => new(reader.ReadInt32(), reader.ReadInt32(), reader.ReadUInt64());

    public static void Write(this MessageWriter writer, ProcessExit exit)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(exit);
        writer.WriteString(exit.Id);
        writer.WriteInt32(exit.Pid);
        writer.WriteInt32(exit.ExitStatus);
        writer.WriteInt64(exit.FinishedAt.UtcTicks);
    }

    public static ProcessExit ReadProcessExit(ref MessageReader reader)
    {
        string id = reader.ReadString();
        int pid = reader.ReadInt32();
        int exitStatus = reader.ReadInt32();
        long ticks = reader.ReadInt64();
        return ticks >= 0 && ticks <= DateTimeOffset.MaxValue.Ticks
            ? new ProcessExit(id, pid, exitStatus, new DateTimeOffset(ticks, TimeSpan.Zero))
            : throw new InvalidDataException($"{ticks} is no time");
    }

    public static void Write(this MessageWriter writer, KeptProcess process)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(process);
        writer.WriteString(process.Id);
        writer.WriteInt32(process.Pid);
        writer.WriteUInt64(process.StartTimeTicks);
        writer.WriteBoolean(process.Exit is not null);
        if (process.Exit is not null)
        {
            writer.Write(process.Exit);
        }
    }

    public static KeptProcess ReadKeptProcess(ref MessageReader reader) =>
        new(reader.ReadString(), reader.ReadInt32(), reader.ReadUInt64(), reader.ReadBoolean() ? ReadProcessExit(ref reader) : null);

    /// <summary>The head of a Reply to a request that has failed; a success is a 0 byte and the result.</summary>
    public static void WriteFailure(this MessageWriter writer, ErrorKind kind, string message)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteByte((byte)((int)kind + 1));
        writer.WriteString(message);
    }

    public static void WriteSuccess(this MessageWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteByte(0);
    }

    /// <summary>Reads the head of a Reply; null where the request has succeeded.</summary>
    public static CridException? ReadFailure(ref MessageReader reader)
    {
        byte status = reader.ReadByte();
        return status == 0 ? null : new CridException((ErrorKind)(status - 1), reader.ReadString());
    }

    private static int? ReadOptionalInt32(ref MessageReader reader)
    {
        bool present = reader.ReadBoolean();
        int value = reader.ReadInt32();
        return present ? value : null;
    }

    private static SafeFileHandle[] Present(params ReadOnlySpan<SafeFileHandle?> files)
    {
        List<SafeFileHandle> present = [];
        foreach (SafeFileHandle? file in files)
        {
            if (file is not null)
            {
                present.Add(file);
            }
        }

        return present.ToArray();
    }

    private static void ThrowUnlessAllTaken(IReadOnlyList<SafeFileHandle> files, int taken)
    {
        if (taken != files.Count)
        {
            throw new InvalidDataException($"{files.Count} descriptors came where {taken} were announced");
        }
    }

    private static SafeFileHandle? TakeFile(bool present, IReadOnlyList<SafeFileHandle> files, ref int next)
    {
        if (!present)
        {
            return null;
        }

        return next < files.Count ? files[next++] : throw new InvalidDataException("an announced descriptor did not come");
    }
}
