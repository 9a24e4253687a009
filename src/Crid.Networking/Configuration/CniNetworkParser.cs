using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crid.Core;

namespace Crid.Networking;

/// <summary>Parses network configurations: lists of plugins, and the older files of a single plugin.</summary>
internal static class CniNetworkParser
{
    private const int MaximumBytes = 1 << 20;

    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");

    /// <summary>
    /// Reads a file: <c>.conflist</c> is a list, anything else a single plugin that becomes a list of one. A list that allows it takes
    /// further plugins from the files of the directory beside it that has the network's name.
    /// </summary>
    /// <exception cref="CridException">InvalidArgument: not a usable configuration.</exception>
    /// <exception cref="IOException">It can't be read.</exception>
    public static CniNetwork ReadFile(string path)
    {
        JsonObject json = ReadObject(path);
        return Path.GetExtension(path) == ".conflist"
            ? ParseList(AddPluginsOfFolder(json, Path.GetDirectoryName(path)!))
            : ParseList(WrapPlugin(json));
    }

    /// <summary>Parses the bytes of <see cref="CniNetwork.Bytes"/>, for example out of the result cache.</summary>
    /// <exception cref="CridException">InvalidArgument: not a usable configuration.</exception>
    public static CniNetwork ParseList(ReadOnlySpan<byte> bytes) => ParseList(ParseObject(bytes));

    private static CniNetwork ParseList(JsonObject list)
    {
        string name = list.FindString("name") ?? "";
        if (!IsName(name))
        {
            throw CridException.InvalidArgument($"'{name}' is not a network name: letters, digits, '_', '.', '-', the first a letter or digit");
        }

        List<CniPlugin> plugins = [.. list.Objects("plugins").Select(ParsePlugin)];
        return plugins.Count == 0
            ? throw CridException.InvalidArgument("'plugins' is missing or empty")
            : new CniNetwork
            {
                Name = name,
                CniVersion = ChooseVersion(list),
                Plugins = plugins,
                Bytes = Json.ToBytes(list),
                DisableCheck = list.IsTrue("disableCheck"),
                DisableGc = list.IsTrue("disableGC"),
            };
    }

    private static JsonObject ReadObject(string path)
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        if (stream.Length > MaximumBytes)
        {
            throw CridException.InvalidArgument($"larger than {MaximumBytes} bytes");
        }

        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return ParseObject(bytes);
    }

    private static JsonObject ParseObject(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return Json.ParseObject(bytes);
        }
        catch (JsonException exception)
        {
            throw CridException.InvalidArgument($"not valid JSON: {exception.Message}", exception);
        }
    }

    private static JsonObject WrapPlugin(JsonObject plugin)
    {
        if (plugin.FindString("type") is null)
        {
            throw CridException.InvalidArgument("'type' is missing; a list of plugins belongs into a file that ends in .conflist");
        }

        JsonObject list = [];
        foreach (string shared in new[] { "name", "cniVersion" })
        {
            if (plugin.FindString(shared) is string value)
            {
                list[shared] = value;
            }
        }

        list["plugins"] = new JsonArray(plugin);
        return list;
    }

    private static JsonObject AddPluginsOfFolder(JsonObject list, string directory)
    {
        string folder = Path.Combine(directory, list.FindString("name") ?? "");
        if (list.IsTrue("loadOnlyInlinedPlugins") || !IsName(Path.GetFileName(folder)) || !Directory.Exists(folder))
        {
            return list;
        }

        JsonArray plugins = list["plugins"] as JsonArray ?? [];
        list["plugins"] = plugins;
        foreach (string path in Directory.GetFiles(folder, "*.conf").Order(StringComparer.Ordinal))
        {
            plugins.Add((JsonNode)ReadObject(path));
        }

        return list;
    }

    private static CniPlugin ParsePlugin(JsonObject plugin)
    {
        string type = plugin.FindString("type") ?? "";
        return type is "" or "." or ".." || type.AsSpan().ContainsAny('/', '\0')
            ? throw CridException.InvalidArgument($"'{type}' is not the name of a plugin")
            : new CniPlugin(type, plugin);
    }

    private static string ChooseVersion(JsonObject list)
    {
        List<string> offered = [.. (list["cniVersions"] as JsonArray ?? []).OfType<JsonValue>().Select(value => value.TryGetValue(out string? text) ? text : "")];
        string single = list.FindString("cniVersion") ?? "";
        if (single.Length > 0)
        {
            offered.Add(single);
        }

        if (offered.Count == 0)
        {
            return CniVersion.Default;
        }

        return CniVersion.FindNewest(offered)
            ?? throw CridException.InvalidArgument($"CNI version {string.Join(", ", offered)} is not supported; the newest that is: {CniVersion.Newest}");
    }

    private static bool IsName(string name) =>
        name.Length is > 0 and <= 128 && char.IsAsciiLetterOrDigit(name[0]) && !name.AsSpan().ContainsAnyExcept(NameCharacters);
}
