namespace Crid.Linux;

/// <summary>Keeps the first bytes of an output up to a limit; what exceeds it is dropped.</summary>
internal sealed class CappedBuffer(int limit)
{
    private byte[] _bytes = [];
    private int _length;

    internal void Append(ReadOnlySpan<byte> data)
    {
        data = data[..Math.Min(data.Length, limit - _length)];
        if (_length + data.Length > _bytes.Length)
        {
            int doubled = (int)Math.Min((long)limit, 2L * _bytes.Length);
            Array.Resize(ref _bytes, Math.Max(_length + data.Length, doubled));
        }

        data.CopyTo(_bytes.AsSpan(_length));
        _length += data.Length;
    }

    internal byte[] ToArray() => _bytes.AsSpan(0, _length).ToArray();
}
