using System.Globalization;
using Tomlyn.Syntax;

namespace Crid.Daemon;

/// <summary>The types that options have.</summary>
internal static class OptionTypes
{
    public static OptionType<bool> Boolean { get; } = new BooleanType();

    /// <summary>A path from the root.</summary>
    public static OptionType<string> AbsolutePath { get; } = new TextType(
        "an absolute path", static text => text.StartsWith('/') && !text.Contains('\0'));

    /// <summary>A path from the root, or empty for the default that the description names.</summary>
    public static OptionType<string> OptionalPath { get; } = new TextType(
        "an absolute path or \"\"", static text => text.Length == 0 || (text.StartsWith('/') && !text.Contains('\0')));

    /// <summary>A path from the root, or the name of a program that is searched for.</summary>
    public static OptionType<string> Program { get; } = new TextType(
        "an absolute path or the name of a program", static text => text.StartsWith('/') || !text.Contains('/'));

    /// <summary>A proxy without credentials: what is configured is shown by <c>config dump</c> and in the verbose status.</summary>
    public static OptionType<string> ProxyUrl { get; } = new TextType(
        "a URL such as \"http://proxy:3128\" without user and password, or \"\"",
        static text => text.Length == 0 || (Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Host.Length > 0 && uri.UserInfo.Length == 0));

    public static OptionType<string> IpAddress { get; } = new TextType("an IP address", static text => System.Net.IPAddress.TryParse(text, out _));

    /// <summary>Where to listen, or empty for nowhere.</summary>
    public static OptionType<string> OptionalListenAddress { get; } = new TextType(
        "an address with a port such as \"127.0.0.1:9470\", a socket such as \"unix:///run/crid/metrics.sock\", or \"\"",
        static text => text.Length == 0 || ListenAddress.TryParse(text) is not null);

    /// <summary>The address of an HTTP server, or empty.</summary>
    public static OptionType<string> OptionalUrl { get; } = new TextType(
        "a URL with http or https, or \"\"",
        static text => text.Length == 0 || (Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && url.Scheme is ("http" or "https") && url.UserInfo.Length == 0));

    public static OptionType<string> Text { get; } = new TextType("a string", static _ => true);

    public static OptionType<TimeSpan> Duration { get; } = new DurationType();

    public static OptionType<long> Size { get; } = new SizeType();

    public static OptionType<IReadOnlyList<string>> Paths { get; } = new ListType(AbsolutePath, "a list of absolute paths");

    public static OptionType<long> Count { get; } = new CountType();

    public static OptionType<IReadOnlyList<string>> Names { get; } = new ListType(Text, "a list of strings");

    /// <summary>Names with values.</summary>
    public static OptionType<IReadOnlyList<string>> Assignments { get; } = new ListType(
        new TextType("a string such as \"KEY=VALUE\"", static text => text.IndexOf('=', StringComparison.Ordinal) > 0), "a list of strings such as \"KEY=VALUE\"");

    public static OptionType<int> Integer(int min, int max) => new IntegerType(min, max);

    /// <summary>One of the enumeration's members, written in lower case.</summary>
    public static OptionType<T> Choice<T>(params ReadOnlySpan<(string Name, T Value)> choices)
        where T : struct, Enum => new ChoiceType<T>(choices.ToArray());

    private sealed class BooleanType : OptionType<bool>
    {
        public override string Description => "true or false";

        public override bool Read(ValueSyntax value) =>
            value is BooleanValueSyntax boolean ? boolean.Value : throw Unfit(Description, value);

        public override string Format(bool value) => value ? "true" : "false";
    }

    private sealed class TextType(string description, Func<string, bool> accepts) : OptionType<string>
    {
        public override string Description => description;

        public override string Read(ValueSyntax value) =>
            value is StringValueSyntax { Value: { } text } && accepts(text) ? text : throw Unfit(description, value);

        public override string Format(string value) => TomlText.Quote(value);
    }

    private sealed class IntegerType(int min, int max) : OptionType<int>
    {
        public override string Description => $"a number from {min} to {max}";

        public override int Read(ValueSyntax value) =>
            value is IntegerValueSyntax integer && integer.Value >= min && integer.Value <= max
                ? (int)integer.Value
                : throw Unfit(Description, value);

        public override string Format(int value) => value.ToString(CultureInfo.InvariantCulture);
    }

    private sealed class CountType : OptionType<long>
    {
        public override string Description => "a number from 1";

        public override long Read(ValueSyntax value) => value is IntegerValueSyntax { Value: >= 1 } integer ? integer.Value : throw Unfit(Description, value);

        public override string Format(long value) => value.ToString(CultureInfo.InvariantCulture);
    }

    private sealed class DurationType : OptionType<TimeSpan>
    {
        public override string Description => "a duration such as \"500ms\", \"30s\" or \"1h30m\"";

        public override TimeSpan Read(ValueSyntax value) =>
            value is StringValueSyntax { Value: { } text } && DurationText.TryParse(text, out TimeSpan duration)
                ? duration
                : throw Unfit(Description, value);

        public override string Format(TimeSpan value) => TomlText.Quote(DurationText.Format(value));
    }

    private sealed class SizeType : OptionType<long>
    {
        public override string Description => "a size in bytes such as \"64MiB\"";

        public override long Read(ValueSyntax value) => value switch
        {
            StringValueSyntax { Value: { } text } when SizeText.TryParse(text, out long size) => size,
            IntegerValueSyntax { Value: >= 0 } integer => integer.Value,
            _ => throw Unfit(Description, value),
        };

        public override string Format(long value) => TomlText.Quote(SizeText.Format(value));
    }

    private sealed class ListType(OptionType<string> element, string description) : OptionType<IReadOnlyList<string>>
    {
        public override string Description => description;

        public override IReadOnlyList<string> Read(ValueSyntax value)
        {
            if (value is not ArraySyntax array)
            {
                throw Unfit(description, value);
            }

            List<string> items = [];
            foreach (ArrayItemSyntax item in array.Items)
            {
                items.Add(item.Value is { } inner ? element.Read(inner) : throw Unfit(description, value));
            }

            return items;
        }

        public override string Format(IReadOnlyList<string> value) => $"[{string.Join(", ", value.Select(element.Format))}]";
    }

    private sealed class ChoiceType<T>((string Name, T Value)[] choices) : OptionType<T>
        where T : struct, Enum
    {
        public override string Description => $"one of {string.Join(", ", choices.Select(choice => TomlText.Quote(choice.Name)))}";

        public override T Read(ValueSyntax value)
        {
            if (value is StringValueSyntax { Value: { } text })
            {
                foreach ((string name, T choice) in choices)
                {
                    if (name == text)
                    {
                        return choice;
                    }
                }
            }

            throw Unfit(Description, value);
        }

        public override string Format(T value)
        {
            (string name, _) = choices.First(choice => EqualityComparer<T>.Default.Equals(choice.Value, value));
            return TomlText.Quote(name);
        }
    }

    private static OptionValueException Unfit(string description, ValueSyntax value) =>
        new($"expected {description}, found {value.ToString().Trim()}");
}
