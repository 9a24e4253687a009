using System.Buffers;
using System.Runtime.InteropServices;

namespace Crid.Images;

/// <summary>A pooled buffer on its way from one stage of a pipe to the next; who takes it returns it.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Chunk(byte[] Buffer, int Length)
{
    public const int Bytes = 128 << 10;

    public ReadOnlySpan<byte> Content => Buffer.AsSpan(0, Length);

    public static byte[] Rent() => ArrayPool<byte>.Shared.Rent(Bytes);

    public void Return() => ArrayPool<byte>.Shared.Return(Buffer);
}
