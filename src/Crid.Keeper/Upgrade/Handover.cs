using Crid.Keeper.Protocol;
using Crid.Linux;
using Microsoft.Win32.SafeHandles;

namespace Crid.Keeper;

/// <summary>The encoding of what one keeper passes to the next within the same process.</summary>
internal static class Handover
{
    /// <summary>Changes whenever an older keeper's handover can't be read any more; such a keeper is told before it gives up its place.</summary>
    /// <remarks>
    /// Version 1 is of keepers that know nothing of files with incomplete lines, and would leave old ones behind.
    /// </remarks>
    internal const int Format = 2;

    private const int OldestFormat = 1;

    /// <summary>In the place of a descriptor's number.</summary>
    internal const int NoFile = -1;

    /// <summary>What lies in the file of this descriptor, without the format in front.</summary>
    /// <exception cref="InvalidDataException">It has another format.</exception>
    internal static ReadOnlySpan<byte> Read(int number)
    {
        using SafeFileHandle file = InheritedFiles.Take(number);
        byte[] bytes = new byte[RandomAccess.GetLength(file)];
        RandomAccess.Read(file, bytes, fileOffset: 0);
        MessageReader reader = new(bytes);
        int format = reader.ReadInt32();
        return IsReadable(format) ? bytes.AsSpan(sizeof(int)) : throw new InvalidDataException($"a handover of format {format} is not known");
    }

    internal static bool IsReadable(int format) => format is >= OldestFormat and <= Format;

    internal static SafeFileHandle? TakeFile(ref MessageReader reader)
    {
        int number = reader.ReadInt32();
        return number == NoFile ? null : InheritedFiles.Take(number);
    }

    internal static byte[] ReadBytes(ref MessageReader reader)
    {
        byte[] bytes = new byte[reader.ReadCount(minimumBytesEach: 1)];
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = reader.ReadByte();
        }

        return bytes;
    }
}
