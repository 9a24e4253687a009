using System.Text;
using Crid.Keeper.Protocol;
using Crid.Linux;
using Microsoft.Win32.SafeHandles;

namespace Crid.Keeper;

/// <summary>
/// A file for each kept process, from which the next keeper knows what this one knew. They lie in a tmpfs, so writing them waits for no
/// disk, and a rename makes each complete or absent.
/// </summary>
internal sealed class StateStore(string directory) : IDisposable
{
    private const uint OwnerReadWrite = 0x180;

    /// <summary>Version 1 ends its stdio settings before <see cref="IoSettings.Attachable"/>.</summary>
    private const byte FormatVersion = 2;

    private const byte OldestFormatVersion = 1;
    private const string TemporaryPrefix = ".";

    private readonly SafeFileHandle _directory = FileAt.OpenDirectory(directory);

    /// <summary>Four system calls: each creation and exec writes several times.</summary>
    /// <exception cref="LinuxException">It could not be written, as on a full /run; the file is as it was.</exception>
    internal void Write(KeptEntry entry)
    {
        byte[] name = Encoding.UTF8.GetBytes(entry.Id);
        byte[] temporary = Encoding.UTF8.GetBytes($"{TemporaryPrefix}{entry.Id}");
        try
        {
            using (SafeFileHandle file = FileAt.TryCreateFile(_directory, temporary, OwnerReadWrite)
                ?? throw new LinuxException("openat", $"{directory}/{TemporaryPrefix}{entry.Id}", Tmds.Linux.LibC.EEXIST))
            {
                FileAt.Write(file, ToBytes(entry));
            }

            FileAt.Rename(_directory, temporary, _directory, name);
        }
        catch
        {
            // Half a file would take what little room is left, and the name.
            FileAt.TryRemoveFile(_directory, temporary);
            throw;
        }
    }

    public void Dispose() => _directory.Dispose();

    internal void Delete(string id) => File.Delete($"{directory}/{id}");

    /// <summary>The content of an entry's file.</summary>
    internal static ReadOnlySpan<byte> ToBytes(KeptEntry entry)
    {
        MessageWriter writer = new();
        writer.WriteByte(FormatVersion);
        writer.WriteString(entry.Id);
        writer.WriteByte((byte)entry.Phase);
        writer.WriteString(entry.PidFile);
        writer.WriteInt32(entry.Pid);
        writer.WriteUInt64(entry.StartTimeTicks);
        writer.WriteInt32(entry.CommandPid);
        writer.WriteUInt64(entry.CommandStartTimeTicks);
        writer.WriteBoolean(entry.IsForgotten);
        WriteIo(writer, entry.IoSettings);
        writer.WriteBoolean(entry.Exit is not null);
        if (entry.Exit is not null)
        {
            writer.Write(entry.Exit);
        }

        return writer.Written.Span;
    }

    /// <summary>All entries; <paramref name="unreadable"/> is told of files that are none.</summary>
    internal List<KeptEntry> ReadAll(Action<string, Exception> unreadable)
    {
        List<KeptEntry> entries = [];
        foreach (string path in Directory.EnumerateFiles(directory))
        {
            if (Path.GetFileName(path).StartsWith(TemporaryPrefix, StringComparison.Ordinal))
            {
                File.Delete(path);
                continue;
            }

            try
            {
                entries.Add(Read(File.ReadAllBytes(path)));
            }
            catch (InvalidDataException e)
            {
                unreadable(path, e);
            }
        }

        return entries;
    }

    /// <summary>The entry that a file or <see cref="ToBytes"/> describes.</summary>
    /// <exception cref="InvalidDataException">It describes none.</exception>
    internal static KeptEntry Read(ReadOnlySpan<byte> bytes)
    {
        MessageReader reader = new(bytes);
        byte version = reader.ReadByte();
        if (version is < OldestFormatVersion or > FormatVersion)
        {
            throw new InvalidDataException($"format {version} is not known");
        }

        string id = reader.ReadString();
        KeptPhase phase = (KeptPhase)reader.ReadByte();
        string pidFile = reader.ReadString();
        int pid = reader.ReadInt32();
        ulong startTimeTicks = reader.ReadUInt64();
        int commandPid = reader.ReadInt32();
        ulong commandStartTimeTicks = reader.ReadUInt64();
        bool isForgotten = reader.ReadBoolean();
        IoSettings? io = ReadIo(ref reader, version);
        return new KeptEntry(id, pidFile, io)
        {
            Phase = phase,
            Pid = pid,
            StartTimeTicks = startTimeTicks,
            CommandPid = commandPid,
            CommandStartTimeTicks = commandStartTimeTicks,
            IsForgotten = isForgotten,
            Exit = reader.ReadBoolean() ? KeeperMessages.ReadProcessExit(ref reader) : null,
        };
    }

    private static void WriteIo(MessageWriter writer, IoSettings? io)
    {
        writer.WriteBoolean(io is not null);
        if (io is not null)
        {
            writer.WriteString(io.Directory);
            writer.WriteString(io.LogPath);
            writer.WriteInt32(io.MaxLineBytes);
            writer.WriteBoolean(io.Terminal);
            writer.WriteBoolean(io.Stdin);
            writer.WriteBoolean(io.StdinOnce);
            writer.WriteBoolean(io.Attachable);
            writer.WriteBoolean(io.StdinClosed);
        }
    }

    private static IoSettings? ReadIo(ref MessageReader reader, byte version)
    {
        if (!reader.ReadBoolean())
        {
            return null;
        }

        IoSettings io = new(
            reader.ReadString(), reader.ReadOptionalString(), reader.ReadInt32(), reader.ReadBoolean(), reader.ReadBoolean(), reader.ReadBoolean());
        return version == OldestFormatVersion ? io : io with { Attachable = reader.ReadBoolean(), StdinClosed = reader.ReadBoolean() };
    }
}
