using Crid.Keeper.Protocol;
using Crid.Linux;
using Microsoft.Win32.SafeHandles;

namespace Crid.Keeper;

/// <summary>Collects what the program that replaces this one needs to go on: values, and the descriptors that they name by number.</summary>
internal sealed class HandoverWriter
{
    private readonly List<SafeFileHandle> _files = [];

    internal MessageWriter Values { get; } = new();

    internal IReadOnlyList<SafeFileHandle> Files => _files;

    internal void WriteFile(SafeFileHandle? file)
    {
        bool present = file is { IsClosed: false };
        Values.WriteInt32(present ? InheritedFiles.NumberOf(file!) : Handover.NoFile);
        if (present)
        {
            _files.Add(file!);
        }
    }

    internal void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        Values.WriteInt32(bytes.Length);
        foreach (byte value in bytes)
        {
            Values.WriteByte(value);
        }
    }
}
