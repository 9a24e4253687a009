using System.Net.Http.Headers;

namespace Crid.Images;

/// <summary>
/// Answers the challenges of one host for one repository: distribution-spec token authentication, OAuth2 with identity tokens, Basic. A secret is
/// only ever shown to the host that it belongs to and to the token server which that host names.
/// </summary>
internal sealed class RegistryAuthorizer(TokenClient tokens, HostCredentials? credentials, TimeProvider time)
{
    // Not disposed: a layer that several pulls share goes on with the client of the pull that began it, and this owns no handle.
    private readonly SemaphoreSlim _gate = new(1, 1);
    private AuthenticationHeaderValue? _authorization;
    private Challenge? _challenge;
    private DateTimeOffset _expires = DateTimeOffset.MaxValue;
    private bool _fresh = true;

    /// <summary>What to send with the next request; null until the host asked for something.</summary>
    public async ValueTask<AuthenticationHeaderValue?> GetAsync(CancellationToken cancellationToken)
    {
        if (_challenge is { } challenge && time.GetUtcNow() >= _expires)
        {
            await AnswerAsync(challenge, _authorization, cancellationToken);
        }

        return _authorization;
    }

    /// <summary>Answers a 401 response; false where there is nothing better to offer than what was sent.</summary>
    public async Task<bool> TryAnswerAsync(HttpResponseMessage response, AuthenticationHeaderValue? sent, CancellationToken cancellationToken)
    {
        List<Challenge> challenges = [];
        if (response.Headers.NonValidated.TryGetValues("WWW-Authenticate", out HeaderStringValues headers))
        {
            challenges.AddRange(headers.SelectMany(Challenge.Parse));
        }

        Challenge? challenge = Find(challenges, "Bearer") ?? Find(challenges, "Basic");
        return challenge is not null && await AnswerAsync(challenge, sent, cancellationToken);
    }

    /// <summary>
    /// The host took what was sent: should it refuse that later, it has run out there, whatever its lifetime was said to be, and is renewed.
    /// </summary>
    public void Accept(AuthenticationHeaderValue? sent)
    {
        if (sent is not null && ReferenceEquals(_authorization, sent))
        {
            _fresh = false;
        }
    }

    /// <summary>A text without the secrets of this host, should a server have put them into its answer.</summary>
    public string Redact(string text)
    {
        IEnumerable<string> secrets = credentials?.Secrets ?? [];
        return secrets.Append(_authorization?.Parameter ?? "").Where(static secret => secret.Length > 0)
            .Aggregate(text, static (current, secret) => current.Replace(secret, "<redacted>", StringComparison.Ordinal));
    }

    private static Challenge? Find(List<Challenge> challenges, string scheme) =>
        challenges.Find(challenge => string.Equals(challenge.Scheme, scheme, StringComparison.OrdinalIgnoreCase));

    private async Task<bool> AnswerAsync(Challenge challenge, AuthenticationHeaderValue? sent, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (!ReferenceEquals(_authorization, sent))
            {
                // Another request of this pull was faster.
                return true;
            }

            if (string.Equals(challenge.Scheme, "Basic", StringComparison.OrdinalIgnoreCase))
            {
                _authorization = sent is null && credentials?.User is not null ? new AuthenticationHeaderValue("Basic", credentials.EncodeBasic()) : null;
                return _authorization is not null;
            }

            // The same token again would be refused again; one that ran out, that was accepted before, or that an earlier pull fetched is renewed.
            bool insufficient = challenge.Find("error") == "insufficient_scope" && _challenge?.Find("scope") != challenge.Find("scope");
            if (sent is not null && _fresh && !insufficient && time.GetUtcNow() < _expires)
            {
                return false;
            }

            await FetchAsync(challenge, renew: sent is not null, cancellationToken);
            return true;
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task FetchAsync(Challenge challenge, bool renew, CancellationToken cancellationToken)
    {
        _challenge = challenge;
        if (credentials?.RegistryToken is { } registryToken)
        {
            _authorization = new AuthenticationHeaderValue("Bearer", registryToken);
            _fresh = true;
            return;
        }

        (BearerToken token, _fresh) = await tokens.GetAsync(challenge, credentials, renew, cancellationToken);
        _authorization = new AuthenticationHeaderValue("Bearer", token.Value);
        _expires = token.Expires;
    }
}
