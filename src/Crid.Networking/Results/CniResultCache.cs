using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;

namespace Crid.Networking;

/// <summary>
/// The attachments of this node as files in libcni's format, <c>NETWORK-CONTAINER-INTERFACE</c>. Other runtimes keep theirs in the same
/// directory: ours carry a mark, and no other is ever touched.
/// </summary>
internal sealed class CniResultCache(string directory, ILogger logger)
{
    private const string Kind = "cniCacheV1";
    private const string OwnerKey = "runtime";
    private const string Owner = "crid";
    private const string UnfinishedPrefix = ".crid-";
    private const string UnfinishedSuffix = ".tmp";
    private const UnixFileMode FileMode600 = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public void Write(CachedAttachment attachment)
    {
        Directory.CreateDirectory(directory, FileMode600 | UnixFileMode.UserExecute);
        string path = PathOf(attachment);

        // Not synced: after a crash of the machine the namespaces are gone and DEL works from the current configuration.
        string temporary = $"{directory}/{UnfinishedPrefix}{Path.GetFileName(path)}{UnfinishedSuffix}";
        FileStreamOptions options = new() { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = FileMode600, BufferSize = 0 };
        using (FileStream stream = new(temporary, options))
        {
            stream.Write(Json.ToBytes(ToJson(attachment)));
        }

        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Removes what a killed crid did not come to write to its end; before the first <see cref="Write"/>.</summary>
    public void RemoveUnfinished()
    {
        if (Directory.Exists(directory))
        {
            Array.ForEach(Directory.GetFiles(directory, $"{UnfinishedPrefix}*{UnfinishedSuffix}"), File.Delete);
        }
    }

    public void Delete(CachedAttachment attachment)
    {
        if (Directory.Exists(directory))
        {
            File.Delete(PathOf(attachment));
        }
    }

    /// <summary>The attachments of one sandbox; files that can't be read count as absent.</summary>
    public IReadOnlyList<CachedAttachment> Find(string containerId) => [.. Read($"*-{containerId}-*").Where(found => found.ContainerId == containerId)];

    public IReadOnlyList<CachedAttachment> List() => [.. Read("*")];

    /// <summary>Every attachment to a network, those of other runtimes too.</summary>
    public IReadOnlyList<CachedAttachment> ListOfAnyOwner(string network) =>
        [.. Read($"{network}-*", ofAnyOwner: true).Where(found => found.NetworkName == network)];

    private string PathOf(CachedAttachment attachment) =>
        $"{directory}/{attachment.NetworkName}-{attachment.ContainerId}-{attachment.InterfaceName}";

    private IEnumerable<CachedAttachment> Read(string pattern, bool ofAnyOwner = false)
    {
        if (!Directory.Exists(directory))
        {
            yield break;
        }

        foreach (string path in Directory.GetFiles(directory, pattern).Order(StringComparer.Ordinal))
        {
            if (!Path.GetFileName(path).StartsWith('.') && TryRead(path, ofAnyOwner) is CachedAttachment attachment)
            {
                yield return attachment;
            }
        }
    }

    private CachedAttachment? TryRead(string path, bool ofAnyOwner)
    {
        try
        {
            JsonObject json = Json.ParseObject(File.ReadAllBytes(path));
            if (json.FindString("kind") != Kind || (!ofAnyOwner && json.FindString(OwnerKey) != Owner))
            {
                return null;
            }

            CachedAttachment attachment = FromJson(json);
            return PathOf(attachment) == path ? attachment : throw new FormatException("its content belongs to another file name");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException or FormatException)
        {
            NetworkingLog.CacheUnreadable(logger, path, exception.Message);
            return null;
        }
    }

    private static JsonObject ToJson(CachedAttachment attachment) => new()
    {
        ["kind"] = Kind,
        [OwnerKey] = Owner,
        ["containerId"] = attachment.ContainerId,
        ["config"] = Convert.ToBase64String(attachment.Configuration),
        ["ifName"] = attachment.InterfaceName,
        ["networkName"] = attachment.NetworkName,
        ["netns"] = attachment.NetnsPath,
        ["cniArgs"] = new JsonArray([.. attachment.Arguments.Select(pair => Json.ToArray([pair.Key, pair.Value]))]),
        ["capabilityArgs"] = attachment.CapabilityArguments.DeepClone(),
        ["result"] = attachment.Result.DeepClone(),
    };

    private static CachedAttachment FromJson(JsonObject json) => new()
    {
        ContainerId = Text(json, "containerId"),
        NetworkName = Text(json, "networkName"),
        InterfaceName = Text(json, "ifName"),
        NetnsPath = json.FindString("netns") ?? "",
        Configuration = Convert.FromBase64String(Text(json, "config")),
        Arguments = [.. (json["cniArgs"] as JsonArray ?? []).OfType<JsonArray>().Select(ToPair)],
        CapabilityArguments = json["capabilityArgs"] as JsonObject ?? [],
        Result = json["result"] as JsonObject ?? [],
    };

    private static KeyValuePair<string, string> ToPair(JsonArray pair) =>
        pair is [JsonValue key, JsonValue value] && key.TryGetValue(out string? name) && value.TryGetValue(out string? text)
            ? new KeyValuePair<string, string>(name, text)
            : throw new FormatException("'cniArgs' is not a list of pairs");

    private static string Text(JsonObject json, string name) => json.FindString(name) ?? throw new FormatException($"'{name}' is missing");
}
