using System.Globalization;
using System.Runtime.InteropServices;

namespace Crid.Linux;

/// <summary>
/// Inflates the body of a gzip member with libisal, and verifies the checksum and length behind it (RFC 1952). The header is the caller's: the
/// library loses its place in one that comes in pieces.
/// </summary>
public sealed unsafe class IsalInflater : IStreamDecoder
{
    // igzip_lib.h, struct inflate_state of ABI 2. What the library keeps behind the fields that are used here is its own; it needs 87,368 bytes.
    private const int StateBytes = 128 << 10;
    private const int BlockStateOffset = 21160;
    private const int ChecksumKindOffset = 21172;
    private const int Finished = 5; // ISAL_BLOCK_FINISH
    private const uint GzipWithoutHeader = 6; // ISAL_GZIP_NO_HDR_VER
    private const int OutputFull = 2; // ISAL_OUT_OVERFLOW, the last of the results that are no error

    private static readonly NativeCodec Library = new("libisal.so.2", "libisal2");
    private static readonly delegate* unmanaged<void*, void> Initialize = (delegate* unmanaged<void*, void>)Library.Find("isal_inflate_init");
    private static readonly delegate* unmanaged<void*, int> Inflate = (delegate* unmanaged<void*, int>)Library.Find("isal_inflate");
    private static readonly Lazy<string?> WhyNot = new(FindProblem);

    private Header* _state;

    public IsalInflater()
    {
        _state = (Header*)NativeMemory.AlignedAlloc(StateBytes, 64);
        Reset();
    }

    /// <summary>Why the library can't be used; null where it is installed and keeps its state as this class expects.</summary>
    public static string? Problem => WhyNot.Value;

    public void Reset()
    {
        ObjectDisposedException.ThrowIf(_state is null, this);
        Initialize(_state);
        At(_state, ChecksumKindOffset) = GzipWithoutHeader;
    }

    public DecodedPiece Decode(ReadOnlySpan<byte> input, Span<byte> output)
    {
        ObjectDisposedException.ThrowIf(_state is null, this);
        fixed (byte* source = input, target = output)
        {
            _state->Input = source;
            _state->AvailableInput = (uint)input.Length;
            _state->Output = target;
            _state->AvailableOutput = (uint)output.Length;
            int result = Inflate(_state);
            if (result is < 0 or > OutputFull)
            {
                throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"the gzip data is damaged (error {result} of libisal)"));
            }

            int consumed = input.Length - (int)_state->AvailableInput;
            int written = output.Length - (int)_state->AvailableOutput;
            return new DecodedPiece(consumed, written, At(_state, BlockStateOffset) == Finished);
        }
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_state);
        _state = null;
    }

    private static ref uint At(Header* state, int offset) => ref *(uint*)((byte*)state + offset);

    private static string? FindProblem()
    {
        if (Library.Problem is { } problem)
        {
            return problem;
        }

        return sizeof(nint) == 8 && IsAsExpected() ? null : "libisal.so.2 keeps its state in another way than crid expects";
    }

    // A stored block of one byte with its trailer: only with the fields where they are meant to be does it come out as itself.
    private static bool IsAsExpected()
    {
        ReadOnlySpan<byte> member = [0x01, 0x01, 0x00, 0xFE, 0xFF, 0x61, 0x43, 0xBE, 0xB7, 0xE8, 0x01, 0x00, 0x00, 0x00, 0x1F];
        Span<byte> output = stackalloc byte[8];
        try
        {
            using IsalInflater inflater = new();
            bool isWhole = inflater.Decode(member, output) == new DecodedPiece(member.Length - 1, 1, IsEnd: true) && output[0] == (byte)'a';
            inflater.Reset();
            return isWhole && inflater.Decode(member[..4], output) == new DecodedPiece(4, 0, IsEnd: false);
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Header
    {
        public byte* Output;
        public uint AvailableOutput;
        public uint TotalOutput;
        public byte* Input;
        public ulong Bits;
        public uint AvailableInput;
        public int BitCount;
    }
}
