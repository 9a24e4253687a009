using Crid.Keeper.Protocol;
using Microsoft.Win32.SafeHandles;

namespace Crid.Keeper;

/// <summary>
/// Descriptors of one process that are to be passed on. They stay open until this is disposed, although a thread that logs may come to the end of
/// an output, and close it, at any moment.
/// </summary>
internal sealed class HeldFiles : IDisposable
{
    private readonly List<HeldFile> _files = [];

    internal IReadOnlyList<HeldFile> Files => _files;

    /// <summary>Adds one that is there and not closed already.</summary>
    internal void Add(HeldKind kind, SafeFileHandle? file)
    {
        bool isKept = false;
        try
        {
            file?.DangerousAddRef(ref isKept);
        }
        catch (ObjectDisposedException)
        {
            // Its output has just ended.
        }

        if (isKept)
        {
            _files.Add(new HeldFile(kind, file!));
        }
    }

    public void Dispose()
    {
        foreach (HeldFile file in _files)
        {
            file.File.DangerousRelease();
        }

        _files.Clear();
    }
}
