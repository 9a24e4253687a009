using System.Buffers;
using System.Security.Cryptography;
using Crid.Core;
using Crid.Linux;
using Microsoft.Win32.SafeHandles;

namespace Crid.Images;

/// <summary>Puts an archive together from the bytes of its skeleton, which are written to it, and the files of its layer.</summary>
internal sealed class ArchiveRebuild(string root, Stream target, IncrementalHash hash) : ForwardStream
{
    private readonly SafeFileHandle _root = FileAt.OpenDirectory(root);
    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(Chunk.Bytes);

    public override bool CanWrite => true;

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        hash.AppendData(buffer);
        target.Write(buffer);
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <summary>Adds the content of an entry's file; false where it has another size, or is no file.</summary>
    public bool TryAddContent(TarEntry entry)
    {
        using SafeFileHandle? file = FileAt.FindFileInRoot(_root, LayerPath.Parse(entry.Name).Bytes);
        if (file is null || FileMetadata.GetStatus(file) is not { Kind: FileKind.Regular } status || status.Size != (ulong)entry.Size)
        {
            return false;
        }

        IReadOnlyList<SparseExtent> extents = entry.Sparse?.Extents ?? [new SparseExtent(0, entry.Size)];
        return extents.All(extent => TryCopy(file, extent));
    }

    public override void Flush() => target.Flush();

    protected override void Dispose(bool disposing)
    {
        _root.Dispose();
        ArrayPool<byte>.Shared.Return(_buffer);
        base.Dispose(disposing);
    }

    private bool TryCopy(SafeFileHandle file, SparseExtent extent)
    {
        for (long at = extent.Offset; at < extent.End;)
        {
            int length = RandomAccess.Read(file, _buffer.AsSpan(0, (int)Math.Min(_buffer.Length, extent.End - at)), at);
            if (length == 0)
            {
                return false;
            }

            Write(_buffer.AsSpan(0, length));
            at += length;
        }

        return true;
    }
}
