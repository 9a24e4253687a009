using Google.Protobuf.Collections;

namespace Crid.Cri;

/// <summary>Copies crid's dictionaries into maps of messages.</summary>
internal static class MapFields
{
    public static void AddAll(this MapField<string, string> map, IReadOnlyDictionary<string, string> values)
    {
        foreach ((string key, string value) in values)
        {
            map.Add(key, value);
        }
    }
}
