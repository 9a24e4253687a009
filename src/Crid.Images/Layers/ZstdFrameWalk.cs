namespace Crid.Images;

/// <summary>Follows the parts of a zstd frame, to know which bytes are its last: RFC 8878, section 3.1.1.</summary>
internal sealed class ZstdFrameWalk
{
    private const int StartBytes = 5; // magic number and descriptor
    private const int BlockHeaderBytes = 3;
    private const int ChecksumBytes = 4;
    private const int RunLengthBlock = 1;
    private const int HasChecksum = 4;

    private Part _part;
    private int _left = StartBytes;
    private uint _lastBytes;
    private bool _isLastBlock;
    private bool _isChecked;

    private enum Part
    {
        Start,
        Header,
        BlockHeader,
        Block,
        Checksum,
        End,
    }

    public bool IsEnd => _part == Part.End;

    /// <summary>How many of the next bytes belong together; more of them may belong to the frame.</summary>
    public int Limit(int available) => Math.Min(available, _left);

    /// <summary>Goes on behind bytes of the frame, no more than <see cref="Limit"/> allowed.</summary>
    public void Advance(ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes[^Math.Min(bytes.Length, sizeof(uint))..])
        {
            _lastBytes = (_lastBytes >> 8) | ((uint)value << 24);
        }

        _left -= bytes.Length;
        while (_left == 0 && _part != Part.End)
        {
            Enter();
        }
    }

    private void Enter()
    {
        switch (_part)
        {
            case Part.Start:
                byte descriptor = (byte)(_lastBytes >> 24);
                _isChecked = (descriptor & HasChecksum) != 0;
                (_part, _left) = (Part.Header, ZstdFrameHeader.BytesAfterDescriptor(descriptor));
                break;
            case Part.BlockHeader:
                uint header = _lastBytes >> 8;
                _isLastBlock = (header & 1) != 0;
                (_part, _left) = (Part.Block, (header >> 1 & 3) == RunLengthBlock ? 1 : (int)(header >> 3));
                break;
            case Part.Block when _isLastBlock:
                (_part, _left) = (Part.Checksum, _isChecked ? ChecksumBytes : 0);
                break;
            case Part.Checksum:
                _part = Part.End;
                break;
            default:
                (_part, _left) = (Part.BlockHeader, BlockHeaderBytes);
                break;
        }
    }
}
