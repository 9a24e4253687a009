using System.Text;
using Crid.Core;
using Crid.Linux;
using Microsoft.Win32.SafeHandles;
using Descriptor = Crid.Oci.Descriptor;

namespace Crid.Images;

/// <summary>The files of an image layout; links in it never lead out of it.</summary>
internal sealed class LayoutDirectory(string path) : IDisposable
{
    private readonly SafeFileHandle _root = FileAt.OpenDirectory(path);

    public bool Contains(string name)
    {
        using SafeFileHandle? file = FileAt.FindInRoot(_root, Encoding.UTF8.GetBytes(name));
        return file is not null;
    }

    /// <exception cref="CridException">InvalidArgument: there is no such file, or it is larger than the limit.</exception>
    public byte[] Read(string name, int limit)
    {
        using FileStream file = Open(name);
        if (file.Length > limit)
        {
            throw CridException.InvalidArgument($"{name} has {file.Length} bytes, the limit is {limit}");
        }

        byte[] content = new byte[file.Length];
        file.ReadExactly(content);
        return content;
    }

    public FileStream Open(string name)
    {
        SafeFileHandle handle = FileAt.FindFileInRoot(_root, Encoding.UTF8.GetBytes(name))
            ?? throw CridException.InvalidArgument($"the image lacks the file {name}");
        if (FileMetadata.GetStatus(handle).Kind != FileKind.Regular)
        {
            handle.Dispose();
            throw CridException.InvalidArgument($"{name} is not a regular file");
        }

        return new FileStream(handle, FileAccess.Read, bufferSize: 0);
    }

    public long GetSize(string name)
    {
        using FileStream file = Open(name);
        return file.Length;
    }

    /// <summary>Opens a blob of an OCI layout; its digest is verified by who reads it.</summary>
    public FileStream OpenBlob(Descriptor descriptor) => Open(GetBlobName(descriptor));

    /// <summary>A small blob of an OCI layout, verified.</summary>
    public byte[] ReadBlob(Descriptor descriptor, int limit)
    {
        byte[] content = Read(GetBlobName(descriptor), limit);
        return BlobDigest.Of(content).Value == descriptor.Digest
            ? content
            : throw CridException.InvalidArgument($"blob {descriptor.Digest} is damaged: its digest is {BlobDigest.Of(content)}");
    }

    public void Dispose() => _root.Dispose();

    private static string GetBlobName(Descriptor descriptor) => $"blobs/sha256/{BlobDigest.Parse(descriptor.Digest).Hex}";
}
