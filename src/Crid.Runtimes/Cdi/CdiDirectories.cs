using Crid.Core;
using Crid.Linux;
using Microsoft.Extensions.Logging;

namespace Crid.Runtimes;

/// <summary>
/// The devices of the CDI files in some directories, of which a later one wins. The directories are looked at when a container asks for a
/// device, and what has changed is read again: nothing watches them in between.
/// </summary>
internal sealed class CdiDirectories(IReadOnlyList<string> directories, ILogger logger)
{
    /// <summary>In all directories together, so that a directory full of files costs neither memory nor time.</summary>
    private const int MaxFiles = 256;
    private const ulong MaxBytes = 16 << 20;

    private readonly Lock _gate = new();
    private Dictionary<string, CdiFile> _files = [];
    private Dictionary<string, CdiChoice> _devices = [];

    /// <summary>The edits of devices in the order of their names, before those of the first device of a file the file's own.</summary>
    /// <exception cref="CridException">FailedPrecondition: a device is not known, or two files claim it.</exception>
    public IReadOnlyList<CdiDeviceEdits> Resolve(IReadOnlyList<string> names)
    {
        if (names.Count == 0)
        {
            return [];
        }

        lock (_gate)
        {
            Refresh();
            List<CdiDeviceEdits> edits = [];
            HashSet<string> files = [];
            foreach (string name in names)
            {
                CdiChoice choice = Choose(name);
                if (choice.File.Document!.ContainerEdits is { IsEmpty: false } common && files.Add(choice.File.Path))
                {
                    edits.Add(new CdiDeviceEdits(name, common));
                }

                edits.Add(new CdiDeviceEdits(name, choice.Device.ContainerEdits));
            }

            return edits;
        }
    }

    private CdiChoice Choose(string name)
    {
        if (!_devices.TryGetValue(name, out CdiChoice? choice))
        {
            string broken = string.Concat(_files.Values.Where(static file => file.Document is null).Select(static file => $"; {file.Path}: {file.Error}"));
            throw CridException.FailedPrecondition($"CDI device '{name}' is not in any file of {string.Join(", ", directories)}{broken}");
        }

        return choice.Rival is null
            ? choice
            : throw CridException.FailedPrecondition($"CDI device '{name}' is in both {choice.File.Path} and {choice.Rival}");
    }

    private void Refresh()
    {
        Dictionary<string, CdiFile> files = [];
        bool changed = false;
        ulong bytes = 0;
        foreach (string path in directories.SelectMany(FilesOf).Take(MaxFiles + 1))
        {
            if (FindStatus(path) is not FileStatus status)
            {
                continue;
            }

            bytes += status.Size;
            bool isTooMuch = files.Count == MaxFiles || bytes > MaxBytes;
            if (!_files.TryGetValue(path, out CdiFile? file) || !IsSame(file.Status, status) || isTooMuch != file.IsPassedOver)
            {
                file = isTooMuch ? CdiFile.PassOver(path, status) : CdiFile.Read(path, status);
                changed = true;
                if (file.Document is null)
                {
                    RuntimesLog.CdiFileUnusable(logger, path, file.Error);
                }
            }

            files[path] = file;
        }

        if (changed || files.Count != _files.Count)
        {
            _files = files;
            _devices = Index(files.Values);
        }
    }

    private static IEnumerable<string> FilesOf(string directory)
    {
        try
        {
            return Directory.EnumerateFiles(directory)
                .Where(static path => Path.GetExtension(path) is ".json" or ".yaml")
                .Order(StringComparer.Ordinal)
                .ToArray();
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    /// <summary>Of the file itself where the path is a link; null where it has just gone.</summary>
    private static FileStatus? FindStatus(string path)
    {
        FileStatus? status = FileMetadata.FindStatus(path);
        return status?.Kind == FileKind.SymbolicLink && RootedFiles.FindRealPath(path) is { } real ? FileMetadata.FindStatus(real) : status;
    }

    private static bool IsSame(FileStatus one, FileStatus other) =>
        one.Inode == other.Inode && one.Size == other.Size && one.Modified == other.Modified;

    /// <summary>Files come directory by directory: one of a later directory takes a device over, one of the same directory contests it.</summary>
    private static Dictionary<string, CdiChoice> Index(IEnumerable<CdiFile> files)
    {
        Dictionary<string, CdiChoice> devices = [];
        foreach (CdiFile file in files)
        {
            foreach (CdiDevice device in file.Document?.Devices ?? [])
            {
                string name = CdiName.Qualify(file.Document!.Kind, device.Name);
                bool isContested = devices.TryGetValue(name, out CdiChoice? other)
                    && Path.GetDirectoryName(other.File.Path) == Path.GetDirectoryName(file.Path);
                devices[name] = new CdiChoice(file, device, isContested ? other!.File.Path : null);
            }
        }

        return devices;
    }
}
