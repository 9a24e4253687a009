using System.Buffers.Binary;
using System.Numerics;
using Crid.Linux;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace Crid.Keeper;

/// <summary>
/// What of an output was read and waits for its end: in memory, and in a file from which the next keeper goes on. The file is made with the
/// first rest; most containers never have one.
/// </summary>
internal sealed class LineRest(string path, ILogger logger) : IDisposable
{
    private const int HeadLength = sizeof(int);

    /// <summary>As in the file: the length of the rest, and the rest.</summary>
    private byte[] _stored = [];
    private int _length;
    private SafeFileHandle? _file;
    private bool _failed;

    internal ReadOnlySpan<byte> Content => _length == 0 ? [] : _stored.AsSpan(HeadLength, _length);

    /// <summary>What an earlier keeper has stored; empty where that is nothing.</summary>
    internal static byte[] Read(string path)
    {
        byte[] stored = File.Exists(path) ? File.ReadAllBytes(path) : [];
        int length = stored.Length < HeadLength ? 0 : BinaryPrimitives.ReadInt32LittleEndian(stored);
        return length > 0 && length <= stored.Length - HeadLength ? stored[HeadLength..(HeadLength + length)] : [];
    }

    /// <summary>Stores a rest for the keeper to go on with.</summary>
    internal static void Write(string path, ReadOnlySpan<byte> rest)
    {
        byte[] stored = new byte[HeadLength + rest.Length];
        BinaryPrimitives.WriteInt32LittleEndian(stored, rest.Length);
        rest.CopyTo(stored.AsSpan(HeadLength));
        using SafeFileHandle file = Descriptor.OpenOrCreate(path);
        RandomAccess.Write(file, stored, fileOffset: 0);
    }

    /// <summary>Replaces the rest.</summary>
    internal void Store(ReadOnlySpan<byte> rest)
    {
        if (rest.IsEmpty && _length == 0)
        {
            return;
        }

        Reserve(HeadLength + rest.Length);
        BinaryPrimitives.WriteInt32LittleEndian(_stored, rest.Length);
        rest.CopyTo(_stored.AsSpan(HeadLength));
        _length = rest.Length;
        TryWrite();
    }

    public void Dispose() => _file?.Dispose();

    /// <summary>Makes memory no larger than needed.</summary>
    private void Reserve(int length)
    {
        if (length > _stored.Length)
        {
            int rounded = (int)BitOperations.RoundUpToPowerOf2((uint)length);
            _stored = new byte[Math.Max(length, Math.Min(rounded, HeadLength + Output.MaxLineLimit))];
        }
    }

    private void TryWrite()
    {
        try
        {
            _file ??= Descriptor.OpenOrCreate(path);
            RandomAccess.Write(_file, _stored.AsSpan(0, HeadLength + _length), fileOffset: 0);
            _failed = false;
        }
        catch (Exception e) when (e is IOException or LinuxException)
        {
            // As where /run is full: the output goes on, only a kill of the keeper would cost it this rest.
            if (!_failed)
            {
                KeeperLog.RestNotStored(logger, e, path);
            }

            _failed = true;
        }
    }
}
