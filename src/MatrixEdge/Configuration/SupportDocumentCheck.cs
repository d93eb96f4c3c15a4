using MatrixEdge.Protocol;

namespace MatrixEdge.Configuration;

/// <summary>What may stand in <c>/.well-known/matrix/support</c> (Matrix client-server §Server support; MSC1929).</summary>
internal static class SupportDocumentCheck
{
    private const string ContactExample = "{\"role\": \"m.role.admin\", \"matrix_id\": \"@admin:example.org\"}";

    public static void Run(JsonPlace document)
    {
        var hasContacts = document.TryFind("contacts", out var contacts);
        var hasPage = document.TryFind("support_page", out var page);
        if (!hasContacts && !hasPage)
            document.Refuse("must have contacts or a support_page; leave it out to publish nothing");

        if (hasContacts)
            CheckContacts(contacts);
        if (hasPage)
            CheckPage(page);

        foreach (var (name, place) in document.Members)
        {
            if (name is not ("contacts" or "support_page") && !name.Contains('.', StringComparison.Ordinal))
                place.Note("is not part of the support document, check its spelling");
        }
    }

    private static void CheckContacts(JsonPlace place)
    {
        if (!place.IsArray($"must be a list, [{ContactExample}]"))
            return;

        if (!place.Items.Any())
            place.Refuse("must name at least one contact, or be left out");
        foreach (var contact in place.Items)
            CheckContact(contact);
    }

    private static void CheckContact(JsonPlace place)
    {
        if (!place.IsObject($"must be an object, {ContactExample}"))
            return;

        if (place.Require("role", "is required, \"m.role.admin\" or \"m.role.security\"", out var role))
            CheckRole(role);

        var hasMatrixId = place.TryFind("matrix_id", out var matrixId);
        var hasEmail = place.TryFind("email_address", out var email);
        if (!hasMatrixId && !hasEmail)
            place.Refuse("must have a matrix_id or an email_address");
        if (hasMatrixId)
            CheckMatrixId(matrixId);
        if (hasEmail)
            CheckEmailAddress(email);
    }

    private static void CheckRole(JsonPlace place)
    {
        const string remedy = "must be \"m.role.admin\", \"m.role.security\" or a name of your own such as \"org.example.role.moderator\"";
        if (!place.IsText(remedy, out var role) || role is "m.role.admin" or "m.role.security")
            return;

        if (!IsNamespaced(role))
            place.Refuse(remedy);
        else if (role.StartsWith("m.", StringComparison.Ordinal))
            place.Note("is not a role that Matrix defines, check its spelling");
    }

    private static void CheckMatrixId(JsonPlace place)
    {
        const string remedy = "must be a user ID, for example \"@admin:example.org\"";
        if (!place.IsText(remedy, out var text))
            return;

        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (!text.StartsWith('@') || colon < 2)
            place.Refuse(remedy);
        else if (!ServerName.TryParse(text[(colon + 1)..], out _, out var problem))
            place.Refuse($"the server's name after the colon is wrong: {problem}");
    }

    private static void CheckEmailAddress(JsonPlace place)
    {
        const string remedy = "must be a plain email address, for example \"admin@example.org\"";
        if (!place.IsText(remedy, out var text))
            return;

        var at = text.LastIndexOf('@');
        if (at < 1 || at == text.Length - 1 || text.Any(c => char.IsWhiteSpace(c) || c is '<' or '>' or ':'))
            place.Refuse(remedy);
    }

    private static void CheckPage(JsonPlace place)
    {
        if (!place.IsText("must be a text, for example \"https://example.org/support\"", out var text))
            return;

        if (!WebAddress.TryParse(text, out _, out var problem))
            place.Refuse(problem);
    }

    /// <summary>Matrix appendices §Common Namespaced Identifier Grammar, with the namespace.</summary>
    private static bool IsNamespaced(string role) =>
        role.Length <= 255
        && char.IsAsciiLetterLower(role[0])
        && role.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_' or '.')
        && role.Split('.') is { Length: > 1 } parts
        && parts.All(part => part.Length > 0);
}
