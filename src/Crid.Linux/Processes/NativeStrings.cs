using System.Runtime.InteropServices;
using System.Text;
using Crid.Core;

namespace Crid.Linux;

/// <summary>A NULL-terminated array of C strings in one block of native memory, as execve(2) takes it.</summary>
internal sealed unsafe class NativeStrings : IDisposable
{
    private byte** _pointers;

    internal NativeStrings(IReadOnlyList<string> values)
    {
        int table = (values.Count + 1) * sizeof(byte*);
        int size = table;
        for (int i = 0; i < values.Count; i++)
        {
            size += Encoding.UTF8.GetByteCount(values[i]) + 1;
        }

        _pointers = (byte**)NativeMemory.Alloc((nuint)size);
        byte* position = (byte*)_pointers + table;
        byte* end = (byte*)_pointers + size;
        for (int i = 0; i < values.Count; i++)
        {
            if (values[i].Contains('\0'))
            {
                Dispose();
                throw CridException.InvalidArgument($"argument or environment entry {i} contains a NUL");
            }

            _pointers[i] = position;
            position += Encoding.UTF8.GetBytes(values[i], new Span<byte>(position, (int)(end - position)));
            *position++ = 0;
        }

        _pointers[values.Count] = null;
    }

    internal byte** Pointer => _pointers;

    public void Dispose()
    {
        NativeMemory.Free(_pointers);
        _pointers = null;
    }
}
