using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Crid.Linux;

/// <summary>Decompresses frames of zstd with the system's libzstd.</summary>
public sealed unsafe class LibZstdDecoder : IStreamDecoder
{
    private const int WindowLogMax = 100; // ZSTD_d_windowLogMax
    private const int SessionOnly = 1; // ZSTD_reset_session_only

    private static readonly NativeCodec Library = new("libzstd.so.1", "libzstd1");
    private static readonly delegate* unmanaged<void*> Create = (delegate* unmanaged<void*>)Library.Find("ZSTD_createDCtx");
    private static readonly delegate* unmanaged<void*, nuint> Release = (delegate* unmanaged<void*, nuint>)Library.Find("ZSTD_freeDCtx");
    private static readonly delegate* unmanaged<void*, int, int, nuint> SetParameter = (delegate* unmanaged<void*, int, int, nuint>)Library.Find("ZSTD_DCtx_setParameter");
    private static readonly delegate* unmanaged<void*, int, nuint> ResetContext = (delegate* unmanaged<void*, int, nuint>)Library.Find("ZSTD_DCtx_reset");
    private static readonly delegate* unmanaged<void*, Piece*, Piece*, nuint> Decompress = (delegate* unmanaged<void*, Piece*, Piece*, nuint>)Library.Find("ZSTD_decompressStream");
    private static readonly delegate* unmanaged<nuint, uint> IsError = (delegate* unmanaged<nuint, uint>)Library.Find("ZSTD_isError");
    private static readonly delegate* unmanaged<nuint, byte*> GetErrorName = (delegate* unmanaged<nuint, byte*>)Library.Find("ZSTD_getErrorName");

    private void* _context;

    /// <param name="windowLog">The largest window that a frame may ask for, as a power of two: the memory that the decoder takes.</param>
    public LibZstdDecoder(int windowLog)
    {
        _context = Create();
        if (_context is null)
        {
            throw new LinuxException("ZSTD_createDCtx", path: null, LibC.ENOMEM);
        }

        Check(SetParameter(_context, WindowLogMax, windowLog));
    }

    /// <summary>Why the library can't be used; null where it can.</summary>
    public static string? Problem => Library.Problem;

    public DecodedPiece Decode(ReadOnlySpan<byte> input, Span<byte> output)
    {
        ObjectDisposedException.ThrowIf(_context is null, this);
        fixed (byte* source = input, target = output)
        {
            Piece from = new() { Start = source, Length = (nuint)input.Length };
            Piece to = new() { Start = target, Length = (nuint)output.Length };
            nuint wanted = Check(Decompress(_context, &to, &from));
            return new DecodedPiece((int)from.Position, (int)to.Position, wanted == 0);
        }
    }

    public void Reset()
    {
        ObjectDisposedException.ThrowIf(_context is null, this);
        Check(ResetContext(_context, SessionOnly));
    }

    public void Dispose()
    {
        if (_context is not null)
        {
            Release(_context);
            _context = null;
        }
    }

    private static nuint Check(nuint result) =>
        IsError(result) == 0 ? result : throw new InvalidDataException($"zstd: {Marshal.PtrToStringUTF8((nint)GetErrorName(result))}");

    // ZSTD_inBuffer and ZSTD_outBuffer
    [StructLayout(LayoutKind.Sequential)]
    private struct Piece
    {
        public byte* Start;
        public nuint Length;
        public nuint Position;
    }
}
