using System.Text.Json;
using Crid.Core;
using Microsoft.Extensions.Logging;

namespace Crid.Runtimes;

/// <summary>The devices of the CDI files in some directories, of which a later one wins.</summary>
internal sealed class CdiDirectories(IReadOnlyList<string> directories, ILogger logger)
{
    private readonly SourceDirectories<CdiDocument> _sources = new(directories, [".json", ".yaml"], Parse);
    private readonly Lock _gate = new();
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
                if (choice.File.Content!.ContainerEdits is { IsEmpty: false } common && files.Add(choice.File.Path))
                {
                    edits.Add(new CdiDeviceEdits(name, common));
                }

                edits.Add(new CdiDeviceEdits(name, choice.Device.ContainerEdits));
            }

            return edits;
        }
    }

    /// <summary>What there is now.</summary>
    public CdiInventory List()
    {
        lock (_gate)
        {
            Refresh();
            return new CdiInventory(
                _sources.Directories,
                [.. _devices.OrderBy(static entry => entry.Key, StringComparer.Ordinal).Select(static entry => new CdiInventoryDevice(entry.Key, entry.Value.File.Path, entry.Value.Rival))],
                [.. _sources.Files.Where(static file => file.Content is null).Select(static file => (file.Path, file.Error))]);
        }
    }

    private void Refresh()
    {
        if (_sources.Refresh(file => RuntimesLog.CdiFileUnusable(logger, file.Path, file.Error)))
        {
            _devices = Index(_sources.Files);
        }
    }

    private CdiChoice Choose(string name)
    {
        if (!_devices.TryGetValue(name, out CdiChoice? choice))
        {
            string broken = string.Concat(_sources.Files.Where(static file => file.Content is null).Select(static file => $"; {file.Path}: {file.Error}"));
            throw CridException.FailedPrecondition($"CDI device '{name}' is not in any file of {string.Join(", ", _sources.Directories)}{broken}");
        }

        return choice.Rival is null
            ? choice
            : throw CridException.FailedPrecondition($"CDI device '{name}' is in both {choice.File.Path} and {choice.Rival}");
    }

    private static CdiDocument Parse(string path, byte[] content)
    {
        ReadOnlyMemory<byte> json = path.EndsWith(".json", StringComparison.Ordinal) ? content : YamlJson.Convert(content);
        CdiDocument document = JsonSerializer.Deserialize(json.Span, CdiJson.Default.CdiDocument) ?? throw new InvalidDataException("empty");
        CdiChecks.Check(document);
        return document;
    }

    /// <summary>Files come directory by directory: one of a later directory takes a device over, one of the same directory contests it.</summary>
    private static Dictionary<string, CdiChoice> Index(IEnumerable<SourceFile<CdiDocument>> files)
    {
        Dictionary<string, CdiChoice> devices = [];
        foreach (SourceFile<CdiDocument> file in files)
        {
            foreach (CdiDevice device in file.Content?.Devices ?? [])
            {
                string name = CdiName.Qualify(file.Content!.Kind, device.Name);
                bool isContested = devices.TryGetValue(name, out CdiChoice? other)
                    && Path.GetDirectoryName(other.File.Path) == Path.GetDirectoryName(file.Path);
                devices[name] = new CdiChoice(file, device, isContested ? other!.File.Path : null);
            }
        }

        return devices;
    }
}
