using System.Security.Cryptography;
using Crid.Core;
using Crid.Linux;
using Microsoft.Win32.SafeHandles;
using ZstdSharp;

namespace Crid.Images;

/// <summary>
/// What a layer's archive has besides the content of its files, kept beside the unpacked files: with both the archive can be written again, byte by
/// byte. So a store can be checked against the digests of its images, and images can be exported, without keeping blobs.
/// </summary>
internal static class LayerSkeleton
{
    private const int FastestLevel = 1;
    private const int BufferBytes = 64 << 10;

    /// <summary>The stream that takes the skeleton of the layer in a directory.</summary>
    public static Stream Create(string directory)
    {
        FileStream file = new(GetPath(directory), FileMode.CreateNew, FileAccess.Write, FileShare.None, BufferBytes);
        return new CompressionStream(file, FastestLevel, leaveOpen: false);
    }

    public static bool Exists(string directory) => File.Exists(GetPath(directory));

    public static void Remove(string directory) => File.Delete(GetPath(directory));

    /// <summary>What is on disk of a layer besides its files.</summary>
    public static DirectoryUsage Measure(string directory)
    {
        using SafeFileHandle handle = FileAt.OpenDirectory(directory);
        FileStatus? file = FileMetadata.FindStatus(handle, "archive.zst"u8);
        ulong own = FileMetadata.GetStatus(handle).AllocatedBytes;
        return new DirectoryUsage(own + (file?.AllocatedBytes ?? 0), file is null ? 1u : 2u);
    }

    /// <summary>Writes the archive of a layer again; null where the files are not what they were.</summary>
    /// <param name="directory">The directory of the layer, in which its files are <c>fs</c>.</param>
    /// <param name="target">Takes the archive.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    public static DiffId? Rebuild(string directory, Stream target, CancellationToken cancellationToken) =>
        Rebuild(directory, target, static _ => { }, cancellationToken);

    /// <summary>As the other, with a look at every entry.</summary>
    public static DiffId? Rebuild(string directory, Stream target, Action<TarEntry> visit, CancellationToken cancellationToken)
    {
        using FileStream file = new(GetPath(directory), FileMode.Open, FileAccess.Read, FileShare.Read, BufferBytes);
        using DecompressionStream skeleton = new(file, BufferBytes, checkEndOfStream: true, leaveOpen: true);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using ArchiveRebuild archive = new($"{directory}/fs", target, hash);
        TarReader reader = new(skeleton, archive);
        try
        {
            while (reader.ReadNext() is { } entry)
            {
                cancellationToken.ThrowIfCancellationRequested();
                visit(entry);
                if (!LayerWriter.KeepsContent(entry))
                {
                    continue;
                }

                reader.OmitContent();
                if (!archive.TryAddContent(entry))
                {
                    return null;
                }
            }

            reader.Drain();
        }
        catch (Exception exception) when (exception is ZstdException or EndOfStreamException or CridException and not LinuxException)
        {
            // The skeleton itself is damaged.
            return null;
        }

        return new DiffId(BlobDigest.FromHash(hash.GetHashAndReset()));
    }

    private static string GetPath(string directory) => $"{directory}/archive.zst";
}
