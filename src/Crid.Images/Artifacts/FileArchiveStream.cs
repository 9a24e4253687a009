using System.Security.Cryptography;
using Crid.Core;

namespace Crid.Images;

/// <summary>Puts the archive of a blob around its content, which it verifies on the way.</summary>
internal sealed class FileArchiveStream(FileArchive archive, Stream content, BlobDigest digest) : ReadOnlyStream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _position;

    private long ContentEnd => archive.Head.Length + archive.ContentSize;

    /// <exception cref="CridException">InvalidArgument: the content is not what its digest and size say.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int length = _position < archive.Head.Length ? Copy(archive.Head, _position, buffer.Span)
            : _position < ContentEnd ? await ReadContentAsync(buffer, cancellationToken)
            : Copy(archive.Tail, _position - ContentEnd, buffer.Span);
        _position += length;
        return length;
    }

    // Whoever reads it waits for a network or a disk, and never on a thread.
    public override int Read(Span<byte> buffer) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        content.Dispose();
        _hash.Dispose();
        base.Dispose(disposing);
    }

    private async Task<int> ReadContentAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        long left = ContentEnd - _position;
        int length = await content.ReadAsync(buffer[..(int)Math.Min(buffer.Length, left)], cancellationToken);
        _hash.AppendData(buffer.Span[..length]);
        if (length == 0)
        {
            throw CridException.InvalidArgument($"blob {digest} has only {archive.ContentSize - left} bytes of {archive.ContentSize}");
        }

        if (length == left)
        {
            Verify();
        }

        return length;
    }

    private void Verify()
    {
        BlobDigest actual = BlobDigest.FromHash(_hash.GetHashAndReset());
        if (actual != digest)
        {
            throw CridException.InvalidArgument($"the blob was received with digest {actual}, expected {digest}");
        }
    }

    // A file without content has nothing that could be verified later.
    private int Copy(byte[] source, long offset, Span<byte> target)
    {
        int length = (int)Math.Min(source.Length - offset, target.Length);
        source.AsSpan((int)offset, length).CopyTo(target);
        if (archive.ContentSize == 0 && _position == 0)
        {
            Verify();
        }

        return length;
    }
}
