using System.Text;
using Crid.Core;
using Crid.Linux;
using Microsoft.Win32.SafeHandles;

namespace Crid.Images;

/// <summary>
/// The directory that a layer is unpacked into. A layer that says all about its own directories is written as it is, in the form overlay takes. One
/// that leaves directories out, or links to files below, is written on through an overlay mount over its parents from there on, where the kernel does
/// what such a layer means: directories keep the attributes of the layers below, links below are followed, removals become whiteouts.
/// </summary>
internal sealed class LayerTree : IDisposable
{
    private const uint ImplicitDirectoryMode = 0x1ED; // 0755

    private readonly string _directory;
    private readonly ParentLayers _parents;
    private readonly CancellationToken _cancellation;
    private readonly List<byte[]> _opaque = [];

    // Files of the layers below that hard links brought into this one: no entry of it has their names.
    private readonly HashSet<string> _borrowed = new(StringComparer.Ordinal);
    private readonly SafeFileHandle _own;
    private SafeFileHandle _root;
    private byte[]? _lastParentPath;
    private SafeFileHandle? _lastParent;

    /// <param name="directory">An existing directory that becomes <c>DIRECTORY/fs</c> and, while a merged mount is needed, <c>work</c> and <c>merged</c>.</param>
    /// <param name="parents">The layers below.</param>
    /// <param name="cancellation">Ends a wait for the layers below.</param>
    public LayerTree(string directory, ParentLayers parents, CancellationToken cancellation)
    {
        _directory = directory;
        _parents = parents;
        _cancellation = cancellation;
        Directory.CreateDirectory(Content);
        _own = FileAt.OpenDirectory(Content);
        _root = _own;
        FileMetadata.SetPermissions(_own, ImplicitDirectoryMode);
    }

    /// <summary>The directory of the layer's own files.</summary>
    public string Content => $"{_directory}/fs";

    public SafeFileHandle Root => _root;

    /// <summary>True once the layer needed to know its parents.</summary>
    public bool DependsOnParents { get; private set; }

    /// <summary>True while files are written through the merged mount.</summary>
    public bool IsMerged { get; private set; }

    /// <summary>Directories that the archive left out and that had to be made.</summary>
    public long ImplicitDirectories { get; private set; }

    /// <summary>The parent directory of a path, made where the archive left it out. It stays valid until the next call.</summary>
    public SafeFileHandle OpenParent(LayerPath path)
    {
        if (_lastParent is not null && path.Parent.SequenceEqual(_lastParentPath))
        {
            return _lastParent;
        }

        SafeFileHandle? parent = FileAt.FindInRoot(_root, path.Parent);
        if (parent is null)
        {
            Merge();
            parent = FileAt.FindInRoot(_root, path.Parent) ?? MakeDirectories(path);
        }

        Forget();
        _lastParentPath = path.Parent.ToArray();
        return _lastParent = parent;
    }

    /// <summary>Drops what is remembered of the last parent, which was removed or replaced.</summary>
    public void Forget()
    {
        _lastParent?.Dispose();
        _lastParent = null;
        _lastParentPath = null;
    }

    /// <summary>From here on files are written as seen with the layers below.</summary>
    public void Merge()
    {
        if (DependsOnParents)
        {
            return;
        }

        DependsOnParents = true;
        IReadOnlyList<string> lowers = _parents.Wait(_cancellation);
        if (lowers.Count == 0)
        {
            return;
        }

        Forget();
        Directory.CreateDirectory($"{_directory}/work");
        Directory.CreateDirectory($"{_directory}/merged");
        OverlayMount overlay = new() { Lowers = lowers, Upper = Content, Work = $"{_directory}/work", IsUpperKept = true };
        Mounts.Overlay(overlay, $"{_directory}/merged");
        IsMerged = true;
        _root = FileAt.OpenDirectory($"{_directory}/merged");
    }

    /// <summary>Hides all that the layers below have in a directory.</summary>
    public void SetOpaque(LayerPath directory)
    {
        if (!IsMerged)
        {
            using SafeFileHandle target = FileAt.FindInRoot(_root, directory.Bytes)
                ?? throw new LinuxException("openat2", LayerFailure.Format(directory.Bytes), Errno.NoEntry);
            FileMetadata.SetAttribute(target, "."u8, OverlayFormat.OpaqueAttribute, OverlayFormat.OpaqueValue);
            return;
        }

        // The attribute is overlay's own, invisible through the mount: it is set once the mount is gone. Times force a copy of the directory.
        using SafeFileHandle? merged = FileAt.FindInRoot(_root, directory.Bytes);
        if (merged is not null)
        {
            FileMetadata.SetTimes(merged, "."u8, FileMetadata.GetStatus(merged).Modified);
            _opaque.Add(GetOwnPath(merged));
        }
    }

    /// <summary>True for what entries of this layer put there, false for what is seen of the layers below.</summary>
    public bool IsOwn(SafeFileHandle parent, ReadOnlySpan<byte> name)
    {
        if (!IsMerged)
        {
            return true;
        }

        byte[] path = GetOwnPath(parent, name);
        using SafeFileHandle? own = FileAt.FindInRoot(_own, path, followLast: false);
        return own is not null && !_borrowed.Contains(Encoding.Latin1.GetString(path));
    }

    /// <summary>Called before a hard link is made to a file, which brings a file of the layers below into this one.</summary>
    public void Borrow(SafeFileHandle parent, ReadOnlySpan<byte> name)
    {
        if (!IsOwn(parent, name))
        {
            _borrowed.Add(Encoding.Latin1.GetString(GetOwnPath(parent, name)));
        }
    }

    /// <summary>Removes what is there by a name, with all that is in it.</summary>
    public void Remove(SafeFileHandle parent, ReadOnlySpan<byte> name)
    {
        if (_borrowed.Count > 0)
        {
            _borrowed.Remove(Encoding.Latin1.GetString(GetOwnPath(parent, name)));
        }

        DirectoryTree.Remove(parent, name);
    }

    /// <summary>Takes the merged mount away; the layer's own directory is what remains.</summary>
    public void Complete()
    {
        Unmount();
        foreach (byte[] path in _opaque)
        {
            // What a later entry put in its place hides the layers below by itself.
            using SafeFileHandle? directory = FileAt.FindInRoot(_own, path, followLast: false);
            if (directory is not null && FileMetadata.GetStatus(directory).Kind == FileKind.Directory)
            {
                FileMetadata.SetAttribute(directory, "."u8, OverlayFormat.OpaqueAttribute, OverlayFormat.OpaqueValue);
            }
        }

        DirectoryTree.Remove($"{_directory}/work");
        DirectoryTree.Remove($"{_directory}/merged");
    }

    public void Dispose()
    {
        Unmount();
        _own.Dispose();
    }

    private void Unmount()
    {
        Forget();
        if (!IsMerged)
        {
            return;
        }

        _root.Dispose();
        Mounts.Unmount($"{_directory}/merged");
        IsMerged = false;
        _root = _own;
    }

    // Where something seen through the merged mount is in the layer's own directory. It has no links: that is how the kernel came there.
    private byte[] GetOwnPath(SafeFileHandle merged) => FileMetadata.GetPath(merged)[FileMetadata.GetPath(_root).Length..];

    private byte[] GetOwnPath(SafeFileHandle parent, ReadOnlySpan<byte> name) => [.. GetOwnPath(parent), (byte)'/', .. name];

    private SafeFileHandle MakeDirectories(LayerPath path)
    {
        ReadOnlySpan<byte> parent = path.Parent;
        (SafeFileHandle current, int at) = FindDeepest(parent);
        while (at < parent.Length)
        {
            int slash = parent[at..].IndexOf((byte)'/');
            int end = slash < 0 ? parent.Length : at + slash;
            SafeFileHandle next;
            using (current)
            {
                if (!FileAt.TryMakeDirectory(current, parent[at..end], ImplicitDirectoryMode))
                {
                    throw CridException.InvalidArgument($"the archive has files below '{LayerFailure.Format(parent[..end])}', which is not a directory");
                }

                next = FileAt.OpenDirectory(current, parent[at..end]);
            }

            FileMetadata.SetPermissions(next, ImplicitDirectoryMode);
            current = next;
            ImplicitDirectories++;
            at = end + 1;
        }

        return current;
    }

    // The longest beginning of a path that exists, and where the rest begins. What is there is there for every shorter beginning, so the
    // number of searches does not grow with the depth, which an archive may choose with ill will.
    private (SafeFileHandle Handle, int Next) FindDeepest(ReadOnlySpan<byte> path)
    {
        List<int> ends = [0];
        for (int i = 0; i < path.Length; i++)
        {
            if (path[i] == '/')
            {
                ends.Add(i);
            }
        }

        int found = 0;
        for (int missing = ends.Count; missing - found > 1;)
        {
            int middle = (found + missing) / 2;
            using SafeFileHandle? handle = FileAt.FindInRoot(_root, path[..ends[middle]]);
            (found, missing) = handle is null ? (found, middle) : (middle, missing);
        }

        SafeFileHandle deepest = FileAt.FindInRoot(_root, path[..ends[found]])
            ?? throw new LinuxException("openat2", LayerFailure.Format(path), Errno.NoEntry);
        return (deepest, found == 0 ? 0 : ends[found] + 1);
    }
}
