using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Crid.Cli;

/// <summary>
/// The fields of a YAML mapping, each taken by name and type. What nobody took is an unknown field, so nothing in a manifest is passed
/// over in silence.
/// </summary>
internal sealed class YamlFields
{
    private readonly Dictionary<string, (YamlNode Key, YamlNode Value)> _fields = [];
    private readonly ManifestProblems _problems;
    private readonly string _path;

    public YamlFields(YamlMappingNode node, string path, ManifestProblems problems)
    {
        _path = path;
        _problems = problems;
        Start = node.Start;
        foreach ((YamlNode key, YamlNode value) in node.Children)
        {
            if (key is YamlScalarNode { Value: string name })
            {
                _fields[name] = (key, value);
            }
            else
            {
                problems.Error(key.Start, $"{PathOf("?")}: a field's name must be a word");
            }
        }
    }

    public Mark Start { get; }

    public ManifestProblems Problems => _problems;

    /// <summary>The names that have not been taken yet, in mappings whose keys are data.</summary>
    public IReadOnlyList<string> Names => [.. _fields.Keys];

    public string PathOf(string name) => _path.Length == 0 ? name : $"{_path}.{name}";

    public bool Has(string name) => _fields.ContainsKey(name);

    public Mark Where(string name) => _fields.TryGetValue(name, out (YamlNode Key, YamlNode Value) field) ? field.Key.Start : Start;

    public void Error(string name, string text) => _problems.Error(Where(name), $"{PathOf(name)}: {text}");

    public string? String(string name) => Take(name) is not YamlNode node ? null : ToText(node, name);

    public string RequiredString(string name)
    {
        if (!Has(name))
        {
            _problems.Error(Start, $"{PathOf(name)} is missing");
            return "";
        }

        return String(name) ?? "";
    }

    /// <summary>A string that must be one of these; the first is what an absent field means.</summary>
    public string OneOf(string name, params string[] values)
    {
        Mark where = Where(name);
        string? text = String(name);
        if (text is not null && !values.Contains(text))
        {
            _problems.Error(where, $"{PathOf(name)}: '{text}' is not one of {string.Join(", ", values.Where(value => value.Length > 0))}");
        }

        return text ?? values[0];
    }

    /// <summary>A number or a string, as quantities may be either.</summary>
    public string? Scalar(string name)
    {
        YamlNode? node = Take(name);
        if (node is not null and not YamlScalarNode)
        {
            _problems.Error(node.Start, $"{PathOf(name)} must be a single value");
        }

        return (node as YamlScalarNode)?.Value;
    }

    public bool? Boolean(string name)
    {
        Mark where = Where(name);
        switch (Scalar(name))
        {
            case null:
                return null;
            case "true" or "True" or "TRUE" or "yes" or "on":
                return true;
            case "false" or "False" or "FALSE" or "no" or "off":
                return false;
            default:
                _problems.Error(where, $"{PathOf(name)} must be true or false");
                return null;
        }
    }

    public long? Integer(string name, long minimum = 0, long maximum = long.MaxValue)
    {
        Mark where = Where(name);
        if (Scalar(name) is not string text)
        {
            return null;
        }

        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) || value < minimum || value > maximum)
        {
            string range = maximum == long.MaxValue ? $"of at least {minimum}" : $"from {minimum} to {maximum}";
            _problems.Error(where, $"{PathOf(name)} must be a whole number {range}");
            return null;
        }

        return value;
    }

    public YamlFields? Map(string name)
    {
        switch (Take(name))
        {
            case null:
                return null;
            case YamlMappingNode map:
                return new YamlFields(map, PathOf(name), _problems);
            case YamlNode other:
                _problems.Error(other.Start, $"{PathOf(name)} must be a mapping");
                return null;
        }
    }

    public IReadOnlyList<YamlFields> Maps(string name)
    {
        List<YamlFields> maps = [];
        foreach ((YamlNode item, int index) in Items(name))
        {
            if (item is YamlMappingNode map)
            {
                maps.Add(new YamlFields(map, $"{PathOf(name)}[{index}]", _problems));
            }
            else
            {
                _problems.Error(item.Start, $"{PathOf(name)}[{index}] must be a mapping");
            }
        }

        return maps;
    }

    public IReadOnlyList<string> Strings(string name) => [.. Items(name).Select(item => ToText(item.Node, $"{name}[{item.Index}]"))];

    public IReadOnlyList<long> Integers(string name)
    {
        List<long> numbers = [];
        foreach ((YamlNode item, int index) in Items(name))
        {
            if (item is YamlScalarNode scalar && long.TryParse(scalar.Value, NumberStyles.None, CultureInfo.InvariantCulture, out long number))
            {
                numbers.Add(number);
            }
            else
            {
                _problems.Error(item.Start, $"{PathOf(name)}[{index}] must be a whole number");
            }
        }

        return numbers;
    }

    public IReadOnlyDictionary<string, string> StringMap(string name)
    {
        Dictionary<string, string> result = [];
        if (Map(name) is YamlFields map)
        {
            foreach (string key in map.Names)
            {
                result[key] = map.String(key) ?? "";
            }
        }

        return result;
    }

    /// <summary>Fields that ordinary manifests have and that mean nothing without a cluster.</summary>
    public void Ignore(params string[] names)
    {
        foreach (string name in names.Where(Has))
        {
            _problems.Warn(Where(name), $"{PathOf(name)} has no effect here");
            _fields.Remove(name);
        }
    }

    /// <summary>Fields of Kubernetes that would change what the pod does and that are not supported.</summary>
    public void Refuse(params string[] names)
    {
        foreach (string name in names.Where(Has))
        {
            Error(name, "is not supported by crid run");
            _fields.Remove(name);
        }
    }

    /// <summary>Reports every field that was not taken.</summary>
    public void Finish()
    {
        foreach (string name in Names)
        {
            Error(name, "unknown field");
        }
    }

    private IEnumerable<(YamlNode Node, int Index)> Items(string name)
    {
        YamlNode? node = Take(name);
        if (node is not null and not YamlSequenceNode)
        {
            _problems.Error(node.Start, $"{PathOf(name)} must be a list");
        }

        return node is YamlSequenceNode sequence ? sequence.Children.Select((item, index) => (item, index)) : [];
    }

    // An explicit null is an absent field.
    private YamlNode? Take(string name) =>
        _fields.Remove(name, out (YamlNode Key, YamlNode Value) field) && !IsNull(field.Value) ? field.Value : null;

    private string ToText(YamlNode node, string name)
    {
        if (node is not YamlScalarNode { Value: string text } scalar)
        {
            _problems.Error(node.Start, $"{PathOf(name)} must be a string");
            return "";
        }

        if (scalar.Style == ScalarStyle.Plain && LooksLikeAnotherType(text))
        {
            _problems.Error(node.Start, $"{PathOf(name)} must be a string: write \"{text}\" in quotes");
        }

        return text;
    }

    private static bool IsNull(YamlNode node) => node is YamlScalarNode { Style: ScalarStyle.Plain, Value: null or "" or "null" or "~" };

    private static bool LooksLikeAnotherType(string text) =>
        text is "true" or "false" or "null" or "~"
        || (text.Length > 0 && !text.StartsWith("0x", StringComparison.Ordinal)
            && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _) && char.IsAsciiDigit(text[^1]));
}
