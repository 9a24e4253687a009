using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace Crid.Daemon;

/// <summary>Reads the settings of one TOML file in the order in which they stand.</summary>
internal static class ConfigurationFile
{
    /// <summary>Parses a file's text; syntax errors are added to <paramref name="errors"/>.</summary>
    public static IReadOnlyList<Setting> Parse(string text, string file, List<ConfigurationError> errors)
    {
        List<Setting> settings = [];
        if (ParseDocument(text, file, errors) is not DocumentSyntax document)
        {
            return settings;
        }

        AddAll(settings, [], document.KeyValues, file);
        foreach (TableSyntaxBase table in document.Tables)
        {
            List<string> path = PathOf(table.Name!);
            Origin origin = OriginOf(table.Name!.Span, file);
            if (table is TableArraySyntax)
            {
                errors.Add(new ConfigurationError(origin, $"[[{TomlText.Key(path)}]]: arrays of tables are not used here"));
                continue;
            }

            settings.Add(new Setting(path, null, origin));
            AddAll(settings, path, table.Items, file);
        }

        return settings;
    }

    private static DocumentSyntax? ParseDocument(string text, string file, List<ConfigurationError> errors)
    {
        try
        {
            DocumentSyntax document = SyntaxParser.Parse(text, file, validate: true);
            errors.AddRange(document.Diagnostics.Select(diagnostic => new ConfigurationError(OriginOf(diagnostic.Span, file), diagnostic.Message)));
            return document.HasErrors ? null : document;
        }
        catch (Exception exception)
        {
            // The parser reports what it expects to go wrong and throws at the rest, such as a text that ends within an escape.
            errors.Add(new ConfigurationError(new Origin(file, Line: 1), $"not TOML: {exception.Message}"));
            return null;
        }
    }

    private static void AddAll(List<Setting> settings, List<string> table, SyntaxList<KeyValueSyntax> items, string file)
    {
        foreach (KeyValueSyntax item in items)
        {
            Add(settings, table, item, file);
        }
    }

    /// <summary>Inline tables are another way to write tables.</summary>
    private static void Add(List<Setting> settings, List<string> table, KeyValueSyntax item, string file)
    {
        List<string> path = [.. table, .. PathOf(item.Key!)];
        Origin origin = OriginOf(item.Key!.Span, file);
        if (item.Value is not InlineTableSyntax inline)
        {
            settings.Add(new Setting(path, item.Value, origin));
            return;
        }

        settings.Add(new Setting(path, null, origin));
        foreach (InlineTableItemSyntax inner in inline.Items)
        {
            Add(settings, path, inner.KeyValue!, file);
        }
    }

    private static List<string> PathOf(KeySyntax key)
    {
        List<string> path = [NameOf(key.Key!)];
        foreach (DottedKeyItemSyntax part in key.DotKeys)
        {
            path.Add(NameOf(part.Key!));
        }

        return path;
    }

    private static string NameOf(BareKeyOrStringValueSyntax name) => name switch
    {
        BareKeySyntax bare => bare.Key!.Text!,
        StringValueSyntax quoted => quoted.Value!,
        _ => name.ToString(),
    };

    private static Origin OriginOf(SourceSpan span, string file) => new(file, span.Start.Line + 1);
}
