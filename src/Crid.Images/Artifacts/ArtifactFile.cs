using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Crid.Core;
using Crid.Linux;
using Microsoft.Win32.SafeHandles;

namespace Crid.Images;

/// <summary>The content of a blob that is stored as a file.</summary>
internal static class ArtifactFile
{
    /// <exception cref="CridException">FailedPrecondition: it is not what it was.</exception>
    public static void Copy(string directory, string name, BlobDigest digest, Stream target)
    {
        using SafeFileHandle root = FileAt.OpenDirectory(directory);
        using SafeFileHandle file = FileAt.FindFileInRoot(root, Encoding.UTF8.GetBytes(name)) ?? throw Damaged(digest);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Chunk.Bytes);
        try
        {
            long position = 0;
            while (RandomAccess.Read(file, buffer, position) is int length and > 0)
            {
                hash.AppendData(buffer, 0, length);
                target.Write(buffer, 0, length);
                position += length;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        if (BlobDigest.FromHash(hash.GetHashAndReset()) != digest)
        {
            throw Damaged(digest);
        }
    }

    private static CridException Damaged(BlobDigest digest) =>
        CridException.FailedPrecondition($"blob {digest} is damaged: 'crid images verify --repair' fetches it again");
}
