using System.Text;

namespace Crid.Images;

/// <summary>
/// The tar archive that a named blob is stored as: the directories above it, owned by root and readable by everybody, and the file. As a layer like
/// any other it is checked, shared, counted and removed like one.
/// </summary>
internal sealed class FileArchive
{
    private const int DirectoryMode = 0x1ED; // 0755
    private const int FileMode = 0x1A4; // 0644

    public FileArchive(string name, long size)
    {
        using MemoryStream head = new();
        TarWriter writer = new(head);
        foreach (string directory in ArtifactNames.ParentsOf(name))
        {
            writer.AddHeader(Encoding.UTF8.GetBytes(directory + "/"), size: 0, (byte)'5', DirectoryMode);
        }

        writer.AddHeader(Encoding.UTF8.GetBytes(name), size, (byte)'0', FileMode);
        Head = head.ToArray();
        ContentSize = size;

        // Two empty blocks end the archive.
        Tail = new byte[TarWriter.PaddingOf(size) + (2 * TarHeader.Bytes)];
    }

    /// <summary>What stands before the content.</summary>
    public byte[] Head { get; }

    /// <summary>What stands after it.</summary>
    public byte[] Tail { get; }

    public long ContentSize { get; }

    public long Size => Head.Length + ContentSize + Tail.Length;
}
